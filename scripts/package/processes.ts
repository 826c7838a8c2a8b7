import type { StartedProcess } from './started-process.ts';
import type { Steps } from './steps.ts';
import type { UserProject } from './user-project.ts';

const RELAY = 'node_modules/postamt/dist/apps/relay/src/main.js';

/** Starts `postamt up`, and resolves to it and to the way to its database. */
export async function startPlayground(
  project: UserProject,
): Promise<{ up: StartedProcess; url: string }> {
  const up = project.start('node_modules/.bin/postamt', ['up', '--json']);
  const url = await up.line(
    (line) => (JSON.parse(line) as { databaseUrl: string }).databaseUrl,
  );
  return { up, url };
}

/** The bin and the relay's process, as installed. */
export async function checkProcesses(
  steps: Steps,
  project: UserProject,
  databaseUrl: string,
): Promise<void> {
  const env = { DATABASE_URL: databaseUrl, POSTAMT_SCHEMA: 'migrated' };
  await steps.run('npx postamt', async () => {
    const { stdout } = await project.postamt(['--help'], {});
    if (!stdout.includes('Usage: postamt')) throw new Error(stdout);
    await project.postamt(['migrate'], { env });
    await project.postamt(['topics', 'create', 'letters'], { env });
    const listed = await project.postamt(['topics', 'list'], { env });
    if (!listed.stdout.includes('letters')) throw new Error(listed.stdout);
    return '--help, up, migrate, topics';
  });
  await steps.run('relay', () => checkRelay(project, env));
}

async function checkRelay(
  project: UserProject,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  const relay = project.start(RELAY, [], { ...env, PORT: '0' });
  let status: number;
  try {
    const port = await relay.line(readyPort);
    ({ status } = await fetch(`http://127.0.0.1:${port}/health`));
  } finally {
    await relay.end('SIGTERM');
  }
  if (status !== 200) throw new Error(`its health is ${status}`);
  const code = await relay.end('SIGTERM');
  if (code !== 0) throw new Error(`it ended with ${code}`);
  return 'healthy, and ends when asked to';
}

function readyPort(line: string): number | undefined {
  const { msg, port } = JSON.parse(line) as { msg: string; port: number };
  return msg === 'relay is ready' ? port : undefined;
}
