import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CdcRelay, Outbox } from '#outbox';
import type { EmbeddedPostgres } from '#postgres';
import { defineTopic } from '#schemas';
import { startTestServer, TestDatabase, waitFor } from '#testing';
import { captureCli } from '../fixtures/captured-cli.js';

const letters = defineTopic('letters', { value: 'string' });
let server: EmbeddedPostgres;
let database: TestDatabase;

async function cdc(...args: string[]) {
  const target = ['--database-url', database.connectionString];
  return captureCli(...target, 'outbox', 'cdc', ...args);
}

beforeAll(async () => {
  server = await startTestServer({
    wal_level: 'logical',
    max_slot_wal_keep_size: '1GB',
  });
  database = await TestDatabase.create(server.connectionString);
});
afterAll(async () => {
  await database.drop();
  await server.stop();
});

describe('postamt outbox cdc', () => {
  it('makes a slot, tells how it stands, and drops it', async () => {
    expect(await cdc('create', 'cli')).toMatchObject({
      code: 0,
      stdout: 'created slot cli\n',
    });
    expect((await cdc('create', 'cli')).stdout).toBe(
      'slot cli is there already\n',
    );
    const db = database.open();
    const outbox = await Outbox.open(db, [letters], { cdc: { slot: 'cli' } });
    await db.transaction((tx) => outbox.publish(tx, letters, { value: 'x' }));
    const relay = new CdcRelay(db, { slot: 'cli' });
    await relay.start();
    await waitFor('the event', () => relay.status.moved === 1);
    expect(
      JSON.parse((await cdc('status', 'cli', '--json')).stdout),
    ).toMatchObject({
      slot: 'cli',
      exists: true,
      active: true,
      walStatus: 'reserved',
      invalidation: null,
      position: expect.stringContaining('/'),
      detours: 0,
    });
    expect((await cdc('drop', 'cli')).stderr).toContain('give --yes');
    const busy = await cdc('drop', 'cli', '--yes');
    expect(busy).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('active'),
    });
    await relay.stop();
    await waitFor('the slot', async () => {
      const { stdout } = await cdc('status', 'cli');
      return stdout.includes('read by a relay   no');
    });
    expect((await cdc('drop', 'cli', '--yes')).stdout).toBe(
      'dropped slot cli\n',
    );
    expect((await cdc('status', 'cli')).stdout).toContain(
      'cli (there is none)',
    );
  });

  it('refuses a name that no slot can have', async () => {
    expect(await cdc('create', 'My-Slot')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('INVALID_CONFIG'),
    });
  });
});
