import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sleep } from '#kernel';
import type { Database, EmbeddedPostgres } from '#postgres';
import { defineTopic } from '#schemas';
import { readLog, startTestServer, TestDatabase, waitFor } from '#testing';
import { Outbox } from '../publish/outbox.js';
import { createCdcSlot } from './cdc-slot.js';
import { SpawnedRelay } from './fixtures/spawned-relay.js';

const SLOT = 'faults_outbox';
const WRITERS = 4;
const KEYS = 6;
const versions = defineTopic('versions', {
  partitions: 3,
  value: {
    type: 'record',
    name: 'Version',
    fields: [{ name: 'n', type: 'int' }],
  },
});

let server: EmbeddedPostgres;
let database: TestDatabase;
let db: Database;
let outbox: Outbox;
let relays: Relays;
const writing = new AbortController();

/** Raises the version of a key and publishes it, or rolls both back. */
async function write(writer: number, round: number): Promise<void> {
  await db.transaction(async (tx) => {
    const key = `k${(writer + round) % KEYS}`;
    const { rows } = await tx.query(
      'update counters set n = n + 1 where key = $1 returning n',
      [key],
    );
    const n = rows[0]?.n as number;
    await outbox.publish(tx, versions, { key, value: { n } });
    if (round % 7 === writer) throw new Error('rolled back');
  });
}

/** Writes until told to stop; what fails, failed. */
async function writeOn(writer: number, signal: AbortSignal): Promise<number> {
  let written = 0;
  for (let round = 0; !signal.aborted; round += 1) {
    try {
      await write(writer, round);
      written += 1;
    } catch {
      // Rolled back, or the server is gone: who knows. The table of the counters does.
    }
    await sleep(5);
  }
  return written;
}

/** Two relays, of which one waits; whichever ends is followed by another one. */
class Relays {
  readonly #stopping = new AbortController();
  readonly #relays: SpawnedRelay[] = [];
  readonly #keeping = this.#keep();

  get running(): SpawnedRelay | undefined {
    return this.#relays.find((relay) => relay.hasRun && !relay.isOver);
  }

  /** Kills them. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#keeping;
    await Promise.all(this.#relays.map((relay) => relay.kill()));
  }

  async #keep(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      for (const at of [0, 1])
        if (this.#relays[at]?.isOver ?? true)
          this.#relays[at] = new SpawnedRelay(database.connectionString, SLOT);
      await sleep(50, this.#stopping.signal);
    }
  }
}

async function counted(): Promise<Map<string, number>> {
  const { rows } = await db.query('select key, n from counters');
  return new Map(rows.map((row) => [row.key as string, row.n as number]));
}

/** The versions of each key, in the order of their offsets. */
async function inLog(): Promise<Map<string, number[]>> {
  const found = new Map<string, number[]>();
  for (const { key, value } of await readLog(db, versions.name)) {
    const n = versions.valueCodec.decode(value?.subarray(5) ?? Buffer.alloc(0));
    const list = found.get(String(key)) ?? [];
    found.set(String(key), [...list, n.n]);
  }
  return found;
}

async function moved(): Promise<number> {
  const log = await inLog();
  return [...log.values()].reduce((sum, list) => sum + list.length, 0);
}

async function walsender(): Promise<number | undefined> {
  const { rows } = await db.query(
    'select active_pid from pg_replication_slots where slot_name = $1',
    [SLOT],
  );
  return (rows[0]?.active_pid as number | null) ?? undefined;
}

const STRIKES: Record<string, () => Promise<void>> = {
  'the relay': async () => {
    const running = await waitFor('a relay', () => relays.running);
    await running.kill();
  },
  'its walsender, politely': async () => {
    const pid = await waitFor('a walsender', walsender);
    await db.query('select pg_terminate_backend($1)', [pid]);
  },
  'its walsender, with SIGKILL': async () => {
    const pid = await waitFor('a walsender', walsender);
    process.kill(pid, 'SIGKILL');
  },
  'its move': async () => {
    await db.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where query ilike '%outbox_cdc_positions%' and pid <> pg_backend_pid()`,
    );
  },
  'the postmaster': async () => {
    await server.crash();
    await server.restart();
  },
};

beforeAll(async () => {
  server = await startTestServer({
    wal_level: 'logical',
    max_slot_wal_keep_size: '1GB',
  });
  database = await TestDatabase.create(server.connectionString);
  db = database.open();
  await db.query(
    'create table counters (key text primary key, n int not null)',
  );
  await db.query(
    `insert into counters select 'k' || n, 0 from generate_series(0, ${KEYS - 1}) as n`,
  );
  await createCdcSlot(db, SLOT);
  outbox = await Outbox.open(db, [versions], { cdc: { slot: SLOT } });
});
afterAll(async () => {
  writing.abort();
  await relays.stop();
  await db.close();
  await server.stop();
});

describe('events that are published to the WAL', () => {
  it('stand in the log once each, in the order of their COMMITs, whatever is killed', async () => {
    relays = new Relays();
    const writers = Array.from({ length: WRITERS }, (_, writer) =>
      writeOn(writer, writing.signal),
    );
    for (let round = 0; round < 2; round += 1)
      for (const [victim, strike] of Object.entries(STRIKES)) {
        const before = await waitFor('the log', moved);
        const what = `more, before ${victim} is killed`;
        await waitFor(what, async () => (await moved()) > before + 20);
        await strike();
      }
    writing.abort();
    const written = (await Promise.all(writers)).reduce((a, b) => a + b);
    expect(written).toBeGreaterThan(200);
    const expected = await counted();
    const total = [...expected.values()].reduce((a, b) => a + b);
    await waitFor('all of it', async () => (await moved()) >= total);
    await relays.stop();
    const log = await inLog();
    for (const [key, n] of expected)
      expect([key, log.get(key)]).toEqual([
        key,
        Array.from({ length: n }, (_, at) => at + 1),
      ]);
  }, 180_000);
});
