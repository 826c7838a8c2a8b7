import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTopic } from '#log';
import { Database, type EmbeddedPostgres } from '#postgres';
import {
  type Standby,
  startStandby,
  startTestServer,
  TestDatabase,
  waitFor,
} from '#testing';
import { captureCli } from '../fixtures/captured-cli.js';

let server: EmbeddedPostgres;
let database: TestDatabase;
let standby: Standby;
/** The database of the spec on the standby. */
let onStandby: string;

beforeAll(async () => {
  server = await startTestServer();
  database = await TestDatabase.create(server.connectionString);
  const db = new Database({ connection: database.connectionString });
  await createTopic(db, { name: 'free' });
  const config = { 'min.insync.replicas': 2 };
  await createTopic(db, { name: 'strict', config });
  await db.query(`create role clerk login password 'secret'`);
  await db.query('grant usage on schema postamt to clerk');
  await db.query('grant select on all tables in schema postamt to clerk');
  await db.close();
}, 60_000);

afterAll(async () => {
  await standby?.stop();
  await server?.stop();
});

async function replicas(
  ...args: string[]
): Promise<{ stdout: string; stderr: string; code: number | null }> {
  return replicasAt(database.connectionString, ...args);
}

async function replicasAt(url: string, ...args: string[]) {
  return captureCli('--database-url', url, 'replicas', ...args);
}

async function json(url: string): Promise<Record<string, unknown>> {
  const { stdout } = await replicasAt(url, '--json');
  return JSON.parse(stdout) as Record<string, unknown>;
}

/** Follows the primary under that name, and has all of it. */
async function follow(): Promise<void> {
  standby = await startStandby(server, { name: 'east' });
  const url = new URL(database.connectionString);
  url.port = String(standby.port);
  onStandby = url.href;
  await waitFor('the standby to be in sync', async () => {
    const { inSync } = await json(database.connectionString);
    return inSync === 2;
  });
}

describe('postamt replicas', () => {
  it('names the topics that have too few replicas where no standby streams', async () => {
    expect(await json(database.connectionString)).toEqual({
      role: 'primary',
      timeline: 1,
      flushed: expect.stringMatching(/^[\dA-F]+\/[\dA-F]+$/),
      inSync: 1,
      standbys: [],
      hidden: 0,
      unmetTopics: [{ topic: 'strict', minInsyncReplicas: 2 }],
    });
    const { code, stdout, stderr } = await replicas();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('in sync   1 replica, this server among them\n');
    expect(stdout).toContain('no standby streams from this server\n');
    expect(stdout).toMatch(/^strict +2 +1$/m);
  });

  it('shows a standby, whether it keeps up, and what a role without pg_monitor misses', async () => {
    await follow();
    const { stdout } = await replicas();
    expect(stdout).toMatch(/^east +in-sync +\d+(\.\d)? K?i?B$/m);
    expect(stdout).not.toContain('strict');
    const url = new URL(database.connectionString);
    Object.assign(url, { username: 'clerk', password: 'secret' });
    const hidden = await replicasAt(url.href);
    expect(hidden.stdout).toContain(
      '1 connection of standbys cannot be seen: this role lacks pg_monitor',
    );
    expect(hidden.stdout).toContain('grant pg_monitor to "clerk"\n');
  }, 60_000);

  it('says so on a standby', async () => {
    expect(await json(onStandby)).toMatchObject({
      role: 'standby',
      timeline: 1,
      primary: expect.stringMatching(/:\d+$/),
    });
    expect((await replicasAt(onStandby)).stdout).toMatch(
      /^role +standby: it can be read, not written$/m,
    );
  });

  it('calls a standby behind that flushes nothing', async () => {
    await standby.pause();
    const db = new Database({ connection: database.connectionString });
    await createTopic(db, { name: 'later' });
    await db.close();
    expect(await json(database.connectionString)).toMatchObject({
      inSync: 1,
      standbys: [
        { name: 'east', state: 'behind', lagBytes: expect.any(Number) },
      ],
    });
  }, 30_000);
});
