/**
 * Tries the package as its users get it: packs it, looks what is in it and what it declares, installs it into empty
 * applications outside of the project, compiles and runs them, and sees that nothing stays behind.
 *
 *     node scripts/test-package.ts           needs the npm registry or npm's cache
 *     node scripts/test-package.ts --keep    keeps the applications, and says where they are
 */
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { leftovers } from './package/leftovers.ts';
import {
  lowestVersions,
  type Manifest,
  type Versions,
} from './package/manifest.ts';
import {
  checkNestApplication,
  WAYS_TO_COMPILE,
} from './package/nest-application.ts';
import { type PackedPackage, pack } from './package/pack.ts';
import { PackedTree } from './package/packed-tree.ts';
import { checkProcesses, startPlayground } from './package/processes.ts';
import { refuse, Steps } from './package/steps.ts';
import { UserProject } from './package/user-project.ts';
import { checkWithoutNest } from './package/without-nest.ts';

const root = join(import.meta.dirname, '..');
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'postamt-package-')));
const temporary = join(folder, 'tmp');
const steps = new Steps();
const { devDependencies, peerDependencies } = JSON.parse(
  readFileSync(join(root, 'package.json'), 'utf8'),
) as Manifest;

/** What a user who compiles has, beside what runs. Types of pg's come with the package. */
const COMPILER = only(devDependencies, ['typescript', '@types/node']);
const PEERS = Object.keys(peerDependencies);

function only(versions: Versions, names: readonly string[]): Versions {
  return Object.fromEntries(names.map((name) => [name, versions[name] ?? '*']));
}

function userProject(
  name: string,
  sources: 'application' | 'without-nest',
  dependencies: Versions,
): UserProject {
  return new UserProject({
    name,
    within: folder,
    temporary,
    dependencies: { ...COMPILER, ...dependencies },
    sources: join(root, 'scripts/package', sources),
  });
}

async function checkInstalls({ tarball }: PackedPackage): Promise<void> {
  const postamt = { postamt: `file:${tarball}` };
  const peers = only(devDependencies, PEERS);
  const lowest = lowestVersions(peerDependencies);
  const few = only(peers, ['kysely', 'pg']);
  const nest = userProject('nest', 'application', { ...postamt, ...peers });
  const old = userProject('nest-lowest', 'application', {
    ...postamt,
    ...lowest,
  });
  const bare = userProject('without-nest', 'without-nest', {
    ...postamt,
    ...few,
  });
  if (!(await checkNestApplication(steps, nest, WAYS_TO_COMPILE))) return;
  await checkNestApplication(steps, old);
  await steps.run('postamt up', async () => {
    const { up, url } = await startPlayground(nest);
    try {
      await checkProcesses(steps, nest, url);
      await checkWithoutNest(steps, bare, url);
    } finally {
      await up.end('SIGINT');
    }
    const code = await up.end('SIGINT');
    if (code !== 0) throw new Error(`it ended with ${code}`);
    return 'served the others, and ends when asked to';
  });
}

async function testPackage(): Promise<void> {
  let packed: PackedPackage | undefined;
  await steps.run('npm pack', async () => {
    packed = await pack(root, folder);
    return 'built and packed';
  });
  if (!packed) return;
  const tree = new PackedTree(root, packed);
  await steps.run('files', () => tree.checkContents());
  await steps.run('declared', () => tree.checkDeclared());
  await steps.run('imports', () => tree.checkWithoutNest());
  await checkInstalls(packed);
  await steps.run('left behind', async () => {
    refuse(await leftovers(folder, temporary));
    return 'nothing';
  });
}

// The embedded Postgres may run as another user, who has to get at its programs and data in here.
chmodSync(folder, 0o755);
mkdirSync(temporary);
try {
  await testPackage();
} finally {
  if (process.argv.includes('--keep')) console.log(`kept: ${folder}`);
  else rmSync(folder, { recursive: true });
}
const failed = steps.failed === 0 ? 'all is well' : `${steps.failed} failed`;
console.log(`package: ${failed}`);
process.exitCode = steps.failed === 0 ? 0 : 1;
