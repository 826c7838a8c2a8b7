import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
} from '@jest/globals';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { alterTopic, Catalogue } from '#log';
import { ALL_SHARDS, moveShards, Outbox } from '#outbox';
import type { Database } from '#postgres';
import { defineTopic } from '#schemas';
import { useDatabase } from '#testing';
import { answerCli, captureCli } from '../fixtures/captured-cli.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });
const letters = defineTopic('letters', { value: 'string' });
let folder: string;
let db: Database;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postamt-'));
});
afterAll(async () => rm(folder, { recursive: true }));

const target = () => ['--database-url', database.connectionString, 'outbox'];
const cli = (...args: string[]) => captureCli(...target(), ...args);

/** Moves what can be moved; what cannot is FAILED at once. */
async function move(): Promise<void> {
  const retry = { maxAttempts: 1, backoffMs: 1, backoffMaxMs: 1 };
  for (let times = 0; times < 3; times += 1) {
    const catalogue = new Catalogue(db);
    await moveShards({ db, catalogue, relay: 'r', retry }, ALL_SHARDS);
  }
}

const maxBytes = (bytes: number) =>
  alterTopic(db, 'letters', { set: { 'max.message.bytes': String(bytes) } });

/** A key with an event that is too large and one behind it, and a delayed event; their ids. */
async function failing(key: string): Promise<string[]> {
  await Outbox.open(db, [letters]);
  await maxBytes(100_000);
  const outbox = await Outbox.open(db, [letters]);
  const events = await db.transaction((tx) =>
    outbox.publish(tx, letters, [
      { key, value: 'x'.repeat(5_000), headers: { a: 'b' } },
      { key, value: 'behind' },
      { key, value: 'later', deliverAfterMs: 3_600_000 },
    ]),
  );
  await maxBytes(2_000);
  await move();
  return events.map(({ id }) => id);
}

async function statuses(key: string): Promise<string[]> {
  const { stdout } = await cli('list', '--key', key, '--json');
  return stdout
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { status: string }).status);
}

beforeEach(() => {
  db = database.open();
});

describe('postamt outbox', () => {
  it('lists what failed and why, and where the rest is', async () => {
    const [first] = await failing('listed');
    const failed = await cli(
      'list',
      '--status',
      'failed',
      '--topic',
      'letters',
    );
    expect(failed).toMatchObject({ code: 0, stderr: '' });
    expect(failed.stdout.split('\n')[1]).toMatch(
      new RegExp(`^${first} +letters +listed +FAILED +MESSAGE_TOO_LARGE: `),
    );
    const all = await cli('list', '--key-base64', 'bGlzdGVk', '--json');
    const events = all.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events).toMatchObject([
      { id: first, status: 'FAILED', key: 'listed', attempts: 1 },
      { status: 'PARKED', attempts: 1 },
      { status: 'DELAYED', due: expect.stringMatching(/Z$/) },
    ]);
    expect((await cli('list', '--key', 'nobody')).stdout).toBe('no events\n');
    const page = await cli('list', '--key', 'listed', '--limit', '2', '--json');
    expect(page.stdout.trim().split('\n')).toHaveLength(2);
  });

  it('has keys retried, and says which', async () => {
    await failing('retried');
    await maxBytes(100_000);
    const dry = await cli('retry', '--key', 'retried', '--dry-run');
    expect(dry.stdout).toMatch(/\nwould try 1 key\n$/);
    await move();
    expect((await statuses('retried'))[0]).toBe('FAILED');
    const tried = await cli('retry', '--key', 'retried', '--json');
    expect(JSON.parse(tried.stdout)).toMatchObject({
      dryRun: false,
      events: [{ status: 'FAILED', code: 'MESSAGE_TOO_LARGE' }],
    });
    await move();
    expect(await statuses('retried')).toEqual([
      'PUBLISHED',
      'PUBLISHED',
      'DELAYED',
    ]);
  });

  it('asks before it skips, and keeps what it discards in a file', async () => {
    const [first] = await failing('skipped');
    const file = join(folder, 'skipped.jsonl');
    const args = ['skip', '--key', 'skipped', '--output', file];
    expect(await cli(...args)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('give --yes to skip events'),
    });
    expect(await answerCli('n\n', ...target(), ...args)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('nothing was discarded'),
    });
    expect(await statuses('skipped')).toContain('FAILED');
    const agreed = await answerCli('y\n', ...target(), ...args);
    expect(agreed.code).toBe(0);
    expect(agreed.stderr).toContain('Skip 1 event, for good?');
    expect(agreed.stdout).toMatch(/\ndiscarded 1 event\n$/);
    const kept = JSON.parse(await readFile(file, 'utf8'));
    expect(kept).toMatchObject({
      id: first,
      topic: 'letters',
      key: 'skipped',
      headers: [['a', Buffer.from('b').toString('base64')]],
    });
    expect(Buffer.from(kept.valueBase64, 'base64')).toHaveLength(5_007);
    await move();
    expect(await statuses('skipped')).toEqual([
      'DISCARDED',
      'PUBLISHED',
      'DELAYED',
    ]);
  });

  it('discards what waits, and not into a file that is there', async () => {
    await failing('gone');
    const file = join(folder, 'gone.jsonl');
    const args = ['discard', '--key', 'gone', '--yes', '--output', file];
    expect((await cli(...args)).stdout).toMatch(/\ndiscarded 3 events\n$/);
    expect((await readFile(file, 'utf8')).trim().split('\n')).toHaveLength(3);
    expect(new Set(await statuses('gone'))).toEqual(new Set(['DISCARDED']));
    expect(await cli(...args)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('EEXIST'),
    });
    const status = await cli('status', '--json');
    expect(JSON.parse(status.stdout)).toMatchObject({
      topics: [{ topic: 'letters', discarded: expect.any(Number) }],
    });
  });

  it('refuses what it does not understand', async () => {
    expect((await cli('list', '--status', 'LOST')).stderr).toContain(
      'Give one of PENDING, DELAYED, PUBLISHED, PARKED, FAILED, DISCARDED.',
    );
    expect((await cli('retry', '--key-base64', '%')).stderr).toContain(
      'base64',
    );
    expect((await cli('retry', '--id', 'x')).stderr).toContain('INVALID_VALUE');
  });
});
