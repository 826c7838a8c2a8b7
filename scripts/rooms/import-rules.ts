import { isRelative, targetOf } from './source-file.ts';
import { placeOf, type Place } from './place.ts';
import { DEMO, HOMES, MIGRATIONS_HOME, ROOMS } from './table.ts';

/** An import as the rules see it: the file's path and place, and what it names. */
export interface Import {
  readonly path: string;
  readonly place: Place;
  readonly specifier: string;
}

/** The rule that an import breaks, in words; undefined when it breaks none. */
export function brokenRule(site: Import): string | undefined {
  const { specifier } = site;
  if (isRelative(specifier)) return leavesRoom(site);
  if (specifier.startsWith('#')) return breaksTable(site);
  if (/^postamt(\/|$)/.test(specifier)) return entersFromOutside(site);
  return leavesHome(site);
}

function leavesRoom({ path, place, specifier }: Import): string | undefined {
  const target = placeOf(targetOf(path, specifier) ?? '');
  if (target?.room === place.room) return undefined;
  const isHouse = target !== undefined && target.kind !== 'workshop';
  if (place.kind === 'workshop' && !isHouse) return undefined;
  return `a relative import must not leave ${place.room}; other libs are imported as '#lib'`;
}

function breaksTable({ place, specifier }: Import): string | undefined {
  const name = specifier.slice(1);
  if (place.room === DEMO) {
    return `${DEMO} imports what is published ('postamt', 'postamt/…') and npm packages only`;
  }
  if (name.startsWith('migrations/')) return readsMigrations(place);
  if (!ROOMS.has(name)) return `the table of rooms has no lib '${name}'`;
  if (place.kind === 'lib' && place.name === name) {
    return `inside ${place.room} import its files, not its own index`;
  }
  if (place.isTest) return undefined;
  if (name === 'testing') {
    return `'#testing' is for specs, fixtures, test/, bench/ and scripts/`;
  }
  return place.kind === 'lib' ? notInRow(place.name, name) : undefined;
}

function readsMigrations(place: Place): string | undefined {
  return place.isTest || place.room === MIGRATIONS_HOME
    ? undefined
    : `only ${MIGRATIONS_HOME} reads the migrations`;
}

function notInRow(lib: string, name: string): string | undefined {
  const row = ROOMS.get(lib);
  if (!row) return `the table of rooms has no lib '${lib}'`;
  return row.includes(name) ? undefined : `${lib} may import ${rowText(row)}`;
}

/** A row of the table as it stands in messages and in the head of each lib's index. */
export function rowText(row: readonly string[]): string {
  return row.length === 0 ? 'nothing of ours' : row.join(', ');
}

function entersFromOutside({ place }: Import): string | undefined {
  return place.kind === 'lib' && !place.isTest
    ? `a lib imports other libs as '#lib', never by the published name`
    : undefined;
}

/** The demo is a user's own app, so it may use any package; so may whatever is not shipped. */
function leavesHome({ place, specifier }: Import): string | undefined {
  if (place.isTest || place.room === DEMO) return undefined;
  const home = HOMES.find(({ packages }) =>
    packages.some((name) => isOf(specifier, name)),
  );
  if (!home || home.rooms.includes(place.room)) return undefined;
  return `this package is imported by ${home.rooms.join(' and ')} only`;
}

function isOf(specifier: string, name: string): boolean {
  if (name.endsWith('/*')) return specifier.startsWith(name.slice(0, -1));
  return specifier === name || specifier.startsWith(`${name}/`);
}
