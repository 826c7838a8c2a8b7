import type { Violation } from './violation.ts';

interface NestProject {
  readonly type?: string;
  readonly root?: string;
  readonly sourceRoot?: string;
}

/** Checks that nest-cli.json lists the folders under apps/ and libs/ that have a src/, and nothing else. */
export function nestCliViolations(
  nestCli: string,
  paths: Iterable<string>,
): Violation[] {
  const { projects = {} } = JSON.parse(nestCli) as {
    projects?: Record<string, NestProject>;
  };
  const listed = Object.entries(projects).map(describe);
  const present = [...roomsWithSource(paths)].map(expected);
  const missing = present.filter((line) => !listed.includes(line));
  const surplus = listed.filter((line) => !present.includes(line));
  return [
    ...missing.map((line) => `projects lacks ${line}`),
    ...surplus.map((line) => `projects has ${line}, which does not exist`),
  ].map((rule) => ({ path: 'nest-cli.json', line: 1, rule }));
}

function describe([name, project]: [string, NestProject]): string {
  const { type, root, sourceRoot } = project;
  return `${name} (${type}, root ${root}, sourceRoot ${sourceRoot})`;
}

function expected(room: string): string {
  const [root, name = ''] = room.split('/');
  const type = root === 'libs' ? 'library' : 'application';
  return describe([name, { type, root: room, sourceRoot: `${room}/src` }]);
}

function roomsWithSource(paths: Iterable<string>): Set<string> {
  const rooms = [...paths].map(
    (path) => /^((?:libs|apps)\/[^/]+)\/src\//.exec(path)?.[1],
  );
  return new Set(rooms.filter((room) => room !== undefined));
}
