import { join } from 'node:path';
import { runCommand } from './run-command.ts';

/** What `npm pack` made. */
export interface PackedPackage {
  readonly tarball: string;
  /** The paths of the files in it. */
  readonly paths: readonly string[];
  /** In bytes. */
  readonly size: number;
}

interface PackReport {
  readonly filename: string;
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}

/** Builds and packs the project at `root`, as it is published, into `folder`. */
export async function pack(
  root: string,
  folder: string,
): Promise<PackedPackage> {
  const { stdout } = await runCommand(
    'npm',
    ['pack', '--json', '--pack-destination', folder],
    { cwd: root },
  );
  // An array, and an object by names from npm 12 on.
  const [report] = Object.values(
    JSON.parse(stdout) as Record<string, PackReport>,
  );
  if (!report) throw new Error(`npm pack reported nothing: ${stdout}`);
  const { filename, size, files } = report;
  const paths = files.map(({ path }) => path);
  return { tarball: join(folder, filename), paths, size };
}
