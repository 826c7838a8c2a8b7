import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Outbox } from '#outbox';
import { Database } from '#postgres';
import { defineTopic } from '#schemas';
import { waitFor } from '#testing';
import { SpawnedCli } from '../fixtures/spawned-cli.js';
import type { PlaygroundDescription } from './describe-playground.js';

const running: SpawnedCli[] = [];
const folders: string[] = [];

afterEach(async () => {
  for (const cli of running) cli.kill('SIGTERM');
  await Promise.all(running.splice(0).map((cli) => cli.ended));
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

/** A folder for data, yet to be made, that the server's account can reach. It does not outlive its test. */
async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'postamt-up-'));
  folders.push(folder);
  await chmod(folder, 0o755);
  return join(folder, 'data');
}

/** Starts `postamt up`, which does not outlive its test. */
function up(...args: string[]): SpawnedCli {
  const cli = new SpawnedCli(['up', ...args], { DATABASE_URL: '' });
  running.push(cli);
  return cli;
}

async function ready(cli: SpawnedCli): Promise<PlaygroundDescription> {
  return JSON.parse(await cli.line()) as PlaygroundDescription;
}

/** Runs another command on what is up. */
async function postamt(databaseUrl: string, ...args: string[]) {
  const { ended } = new SpawnedCli(args, { DATABASE_URL: databaseUrl });
  const { code, stdout, stderr } = await ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

/** Every process below this one, as the machine tells them. */
function descendantsOf(pid: number | undefined): number[] {
  const table = execFileSync('ps', ['-A', '-o', 'ppid=,pid='], {
    encoding: 'utf8',
  });
  const children = table.split('\n').flatMap((row) => {
    const [parent, child] = row.trim().split(/\s+/).map(Number);
    return parent === pid && child !== undefined ? [child] : [];
  });
  return children.flatMap((child) => [child, ...descendantsOf(child)]);
}

function isAlive(pid: number): boolean {
  const state = spawnedState(pid);
  return state !== '' && !state.startsWith('Z');
}

function spawnedState(pid: number): string {
  try {
    return execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], {
      encoding: 'utf8',
    }).trim();
  } catch {
    return '';
  }
}

const VALUE_SCHEMA =
  '{"type":"record","name":"Letter","fields":[{"name":"text","type":"string"}]}';

const letters = defineTopic('letters', {
  value: {
    type: 'record',
    name: 'Letter',
    fields: [{ name: 'text', type: 'string' }],
  },
});

async function publish(databaseUrl: string, text: string): Promise<void> {
  const db = new Database({ connection: databaseUrl });
  try {
    const outbox = await Outbox.open(db, [letters]);
    await db.transaction((tx) =>
      outbox.publish(tx, letters, { key: 'anna', value: { text } }),
    );
  } finally {
    await db.close();
  }
}

describe('postamt up', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'runs a Postgres and a relay that other commands use, and leaves nothing at %s',
    async (signal) => {
      const cli = up('--json');
      const { databaseUrl, dataDirectory, ...rest } = await ready(cli);
      expect(rest).toEqual({ schema: 'postamt', kept: false, pid: cli.pid });
      const create = ['topics', 'create', 'letters', '--value-schema'];
      await postamt(databaseUrl, ...create, VALUE_SCHEMA);
      const one = ['--key', 'anna', '--value', '{"text":"produced"}'];
      await postamt(databaseUrl, 'produce', 'letters', ...one);
      await publish(databaseUrl, 'published');
      await waitFor('the relay to move the event', async () => {
        const status = await postamt(databaseUrl, 'outbox', 'status', '--json');
        return (JSON.parse(status) as { pending: number }).pending === 0;
      });
      const records = await postamt(databaseUrl, 'consume', 'letters');
      expect(records).toContain('{"text":"produced"}');
      expect(records).toContain('{"text":"published"}');

      const processes = descendantsOf(cli.pid);
      expect(processes.length).toBeGreaterThan(2);
      cli.kill(signal);
      expect(await cli.ended).toMatchObject({ code: 0, stderr: '' });
      expect(processes.filter(isAlive)).toEqual([]);
      expect(existsSync(dataDirectory)).toBe(false);
    },
  );

  it('leaves nothing when it is told to end before it is up', async () => {
    const cli = up();
    const processes = await waitFor('something to be started', () => {
      const found = descendantsOf(cli.pid);
      return found.length > 0 ? found : undefined;
    });
    cli.kill('SIGINT');
    expect(await cli.ended).toMatchObject({ code: 0, stderr: '' });
    expect(processes.filter(isAlive)).toEqual([]);
  });

  it('ends with 1 and says why when its Postgres ends by itself', async () => {
    const cli = up('--data', await temporaryFolder(), '--json');
    const { dataDirectory } = await ready(cli);
    const file = await readFile(join(dataDirectory, 'postmaster.pid'), 'utf8');
    process.kill(Number(file.split('\n')[0]), 'SIGKILL');
    const { code, stderr } = await cli.ended;
    expect(code).toBe(1);
    expect(JSON.parse(stderr.trimEnd().split('\n').at(-1) ?? '')).toEqual({
      code: 'EMBEDDED_POSTGRES_FAILED',
      message:
        'the embedded Postgres ended unexpectedly (SIGKILL); start it again',
    });
  });

  it('shows people how to go on, and keeps data and port where it is told to', async () => {
    const args = ['--data', await temporaryFolder(), '--schema', 'play'];
    const first = up(...args, '--json');
    const { databaseUrl } = await ready(first);
    const { port } = new URL(databaseUrl);
    const target = ['--schema', 'play', 'topics'];
    await postamt(databaseUrl, ...target, 'create', 'kept');
    first.kill('SIGINT');
    expect((await first.ended).code).toBe(0);

    const second = up(...args, '--port', port);
    expect(await second.line()).toContain('Ctrl-C stops them');
    expect(await postamt(databaseUrl, ...target, 'list')).toContain('kept');

    const sameData = await up(...args).ended;
    expect(sameData).toMatchObject({ code: 1, stdout: '' });
    expect(sameData.stderr).toMatch(
      /^postamt: EMBEDDED_POSTGRES_FAILED: .* is in use by a running server .*\n$/,
    );
    second.kill('SIGINT');
    const { code, stdout } = await second.ended;
    expect(code).toBe(0);
    expect(stdout).toContain(`export DATABASE_URL='${databaseUrl}'`);
    expect(stdout).toContain('export POSTAMT_SCHEMA=play');
    expect(stdout).toContain(`--value-schema '${VALUE_SCHEMA}'`);
  });

  it('refuses a port that is taken, and one that is none', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const taken = await up('--port', String(port)).ended;
    server.close();
    expect(taken).toMatchObject({ code: 1, stdout: '' });
    expect(taken.stderr).toMatch(
      /^postamt: EMBEDDED_POSTGRES_FAILED: Port \d+ on 127\.0\.0\.1 is taken .*\n$/,
    );
    const none = await up('--port', '65536').ended;
    expect(none).toMatchObject({ code: 1 });
    expect(none.stderr).toContain('Give a whole number up to 65535.');
  });
});
