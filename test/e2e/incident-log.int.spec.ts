import { existsSync } from 'node:fs';
import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { rebuild } from '#event-sourcing';
import { Outbox } from '#outbox';
import type { Database } from '#postgres';
import { checkHistory, readLog, useDatabase, waitFor } from '#testing';
import { generateIncidents } from '../support/generate-incidents.js';
import { readIncidents } from '../support/read-incidents.js';
import { RelayProcess } from '../support/relay-process.js';
import { foldIncidents } from './fold-incidents.js';
import { board, incidents } from './service-desk.js';
import { writeIncidents } from './write-incidents.js';

const LOG = new URL(
  '../../../shared/data/bpic2013-incidents.csv.gz',
  import.meta.url,
);
const SEED = 20_261_121;

const database = useDatabase({ beforeAll, afterEach, afterAll });

async function readBoard(db: Database, table: string): Promise<unknown[]> {
  const { rows } = await db.query(
    `select incident_id, status, sub_status, changes, last_seq, last_at::float8 as last_at, spent
    from ${table} order by incident_id collate "C"`,
  );
  return rows;
}

describe('One event goes all the way', () => {
  it('brings every committed change once and in order from its transaction to the board and its rebuilt version', async () => {
    const rows = existsSync(LOG)
      ? readIncidents(LOG)
      : generateIncidents(5_000, SEED);
    const expected = foldIncidents(rows);
    const db = database.open();
    const outbox = await Outbox.open(db, [incidents]);
    await db.query(
      'create table incident (id text primary key, status text not null, seq int not null)',
    );
    const running = await board.start(db, { concurrency: 3 });
    const [killed, survivor] = await Promise.all([
      RelayProcess.start(db, 'killed', database.connectionString),
      RelayProcess.start(db, 'survivor', database.connectionString),
    ]);

    const writing = writeIncidents({
      connectionString: database.connectionString,
      outbox,
      rows,
      writers: 8,
      rollbacks: 0.1,
      seed: SEED,
    });
    await waitFor(
      'the relay that is to be killed to move',
      async () => (await killed.moved()) > 100,
    );
    const pendingAtKill = await killed.killInsideMove();
    const movedByKilled = await killed.moved();
    const { committed, rolledBack } = await writing;

    expect(movedByKilled).toBeGreaterThan(0);
    expect(pendingAtKill).toBeGreaterThan(0);
    expect(committed).toHaveLength(rows.length);
    expect(rolledBack.length).toBeGreaterThan(0);

    const total = () =>
      db.query('select coalesce(sum(changes), 0)::int as changes from board');
    await waitFor(
      'the board to have every change',
      async () => (await total()).rows[0]?.changes === rows.length,
      {
        timeoutMs: 120_000,
        intervalMs: 200,
      },
    );

    const log = (await readLog(db, incidents.name)).map(
      ({ partition, offset, headers }) => ({
        partition,
        offset,
        id: String(headers.find((header) => header.key === 'id')?.value),
      }),
    );
    expect(log).toHaveLength(rows.length);
    expect(checkHistory({ committed, log })).toEqual([]);
    const inLog = new Set(log.map((entry) => entry.id));
    expect(rolledBack.filter((id) => inLog.has(id))).toEqual([]);

    const rebuilt = await rebuild(db, board, { concurrency: 3 });
    expect(rebuilt).toMatchObject({ version: 2, records: rows.length });
    expect(await readBoard(db, 'board_v1')).toEqual(expected);
    expect(await readBoard(db, 'board_v2')).toEqual(expected);
    expect(await readBoard(db, 'board')).toEqual(expected);
    await waitFor(
      'the listeners to follow the switch',
      () => running.version === 2,
    );

    await running.stop();
    expect(await survivor.stop()).toBe(0);
  }, 300_000);
});
