import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  jest,
} from '@jest/globals';
import { useDatabase } from 'postamt/testing';
import { csvText, HEADER } from './fixtures/csv-text.js';
import { useScratchDirectory } from './fixtures/scratch-directory.js';
import { SpawnedDemo } from './fixtures/spawned-demo.js';

// Whole runs, on machines that may have much else to do.
jest.setTimeout(140_000);

const database = useDatabase(
  { beforeAll, afterEach, afterAll },
  { empty: true },
);
const scratch = useScratchDirectory({ beforeEach, afterEach });

/** Starts the demo on the database of this file. */
function onDatabase(...args: string[]): SpawnedDemo {
  return new SpawnedDemo(args, { DATABASE_URL: database.connectionString });
}

describe('The demo', () => {
  it('brings every row all the way, prints its figures as one object, and leaves nothing running', async () => {
    const demo = onDatabase('--incidents', '50', '--json');
    expect(await demo.report()).toMatchObject({
      rejected: 0,
      pending: 0,
      pendingAtKill: null,
      orderViolations: 0,
      incidents: 50,
      boardEqual: true,
      rebuildEqual: true,
      rebuildVersion: 2,
    });
    const { rows, transactions, moved, movedByRelay, records } =
      await demo.report();
    expect([transactions, moved, records]).toEqual([rows, rows, rows]);
    expect(movedByRelay).toEqual({ 'in-app': rows });
    expect((await demo.ended).code).toBe(0);
    expect(await demo.leftovers()).toEqual([]);
  });

  it('kills a relay inside a move, and loses and doubles nothing', async () => {
    const args = ['--incidents', '60', '--kill-relay', '--json'];
    const demo = onDatabase(...args);
    const report = await demo.report();
    expect(report).toMatchObject({
      pending: 0,
      killedRelay: 'relay-1',
      orderViolations: 0,
      incidents: 60,
      rebuildEqual: true,
    });
    expect(report.pendingAtKill).toBeGreaterThan(0);
    expect(report.movedByRelay['relay-1']).toBeGreaterThan(0);
    expect([report.moved, report.records]).toEqual([report.rows, report.rows]);
    expect((await demo.ended).code).toBe(0);
    expect(await demo.leftovers()).toEqual([]);
  });

  it('names bad rows and goes on without them, and stops at the first when it is strict', async () => {
    const file = join(scratch.path, 'bad.csv');
    const lines = [
      HEADER,
      csvText('1-1', 0, { status: 'Lost' }),
      csvText('1-2', 0),
      csvText('1-2', 1, { at: 'noon' }),
      csvText('1-2', 2, { status: 'Completed', subStatus: 'Closed' }),
      csvText('1-2', 2),
    ];
    await writeFile(file, lines.join('\n'));
    const demo = onDatabase('--input', file, '--json');
    expect(await demo.report()).toMatchObject({
      rows: 5,
      rejected: 3,
      records: 2,
      closings: 1,
      finalStates: { 'Completed / Closed': 1 },
      rebuildEqual: true,
    });
    const { code, stderr } = await demo.ended;
    expect(code).toBe(0);
    expect(stderr).toMatch(/^rejected line 2: status "Lost" is unknown/m);
    expect(stderr).toMatch(/^rejected line 4: occurred_at is "noon"/m);
    expect(stderr).toMatch(/^rejected line 6: seq of 1-2 is 2 where 3/m);

    const strict = await onDatabase('--input', file, '--json', '--strict')
      .ended;
    expect(strict).toMatchObject({ code: 1, stdout: '' });
    expect(strict.stderr).toMatch(/bad.csv, line 2: status "Lost"/);
  });

  it('stops at SIGTERM in the middle, and goes on from there when it is resumed', async () => {
    const data = ['--data', scratch.path];
    const args = ['--incidents', '300', '--kill-relay', '--json', ...data];
    const first = new SpawnedDemo(args);
    await first.said(/was killed with SIGKILL inside a move/);
    first.kill('SIGTERM');
    expect(await first.ended).toMatchObject({ code: 143, stdout: '' });
    expect(await first.leftovers()).toEqual([]);

    const second = new SpawnedDemo([...args, '--resume']);
    const report = await second.report();
    expect(report).toMatchObject({
      pending: 0,
      killedRelay: 'relay-1',
      orderViolations: 0,
      incidents: 300,
      boardEqual: true,
      rebuildEqual: true,
    });
    expect(report.resumed).toBeGreaterThan(0);
    expect(report.resumed).toBeLessThan(report.rows);
    expect([report.moved, report.records]).toEqual([report.rows, report.rows]);
    expect((await second.ended).code).toBe(0);
    expect(await second.leftovers()).toEqual([]);
  });

  it('refuses to drop or to resume what it did not make', async () => {
    const db = database.open();
    await db.query('drop schema if exists postamt_demo cascade');
    await db.query('create schema postamt_demo');
    for (const args of [[], ['--resume']]) {
      const run = await onDatabase('--incidents', '1', ...args).ended;
      expect(run).toMatchObject({ code: 1, stdout: '' });
      expect(run.stderr).toMatch(/postamt_demo .* was not made by the demo/);
    }
    await db.query('drop schema postamt_demo');
  });

  it('begins at the beginning when the run to be resumed has left nothing', async () => {
    const db = database.open();
    await db.query('drop schema if exists postamt_demo cascade');
    const demo = onDatabase('--incidents', '5', '--json', '--resume');
    expect(await demo.report()).toMatchObject({ resumed: 0, incidents: 5 });
    expect((await demo.ended).code).toBe(0);
  });

  it('refuses to resume with another input', async () => {
    await onDatabase('--incidents', '5').ended;
    const other = await onDatabase('--incidents', '6', '--resume').ended;
    expect(other).toMatchObject({ code: 1, stdout: '' });
    expect(other.stderr).toMatch(/had 5 generated incidents, .* as its input/);
  });
});
