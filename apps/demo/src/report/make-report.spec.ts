import { describe, expect, it } from '@jest/globals';
import { findings } from '../fixtures/findings.js';
import type { Findings } from './findings.js';
import { formatReport } from './format-report.js';
import { makeReport } from './make-report.js';
import type { ReadBack } from './read-back.js';

/** The checks that fail when something else was found. */
function broken(change: Partial<Findings>): string[] {
  return makeReport({ ...findings(), ...change })
    .checks.filter(({ holds }) => !holds)
    .map(({ name }) => name);
}

function brokenBy(read: Partial<ReadBack>): string[] {
  return broken({ readBack: { ...findings().readBack, ...read } });
}

describe('A report', () => {
  it('says what was found', () => {
    expect(makeReport(findings())).toMatchObject({
      rows: 4,
      rejected: 1,
      transactions: 3,
      transactionsPerSecond: 2,
      moved: 3,
      movedByRelay: { 'relay-1': 1, 'relay-2': 2 },
      killedRelay: 'relay-1',
      pendingAtKill: 2,
      pending: 0,
      records: 3,
      recordsByPartition: [3, 0],
      orderViolations: 0,
      incidents: 2,
      finalStates: { 'Completed / Closed': 2 },
      boardEqual: true,
      rebuildEqual: true,
      rebuildPerSecond: 6,
    });
    expect(broken({})).toEqual([]);
  });

  it('disagrees when a figure of the database is not that of the input', () => {
    const [first, second] = findings().readBack.board;
    const late = { ...first, lastSeq: 0 } as typeof first;
    const open = { ...first, subStatus: 'Open' } as typeof first;
    expect(brokenBy({ transactions: 4 })).toEqual(['transactions']);
    expect(brokenBy({ movedByRelay: { 'relay-1': 2 } })).toEqual([
      'events moved',
    ]);
    expect(brokenBy({ pending: 1 })).toEqual(['events pending']);
    expect(brokenBy({ log: { records: [2], violations: [] } })).toEqual([
      'records',
    ]);
    expect(brokenBy({ log: { records: [3], violations: ['gap'] } })).toEqual([
      'order',
    ]);
    expect(brokenBy({ closings: 3 })).toEqual(['closings']);
    expect(brokenBy({ board: [late, second] as never })).toEqual(['board']);
    expect(brokenBy({ board: [open, second] as never })).toEqual([
      'final states',
      'board',
    ]);
    expect(brokenBy({ rebuilt: [first, second, second] as never })).toEqual([
      'board built anew',
    ]);
    expect(broken({ rebuild: { version: 2, records: 4, seconds: 1 } })).toEqual(
      ['records of the rebuild'],
    );
  });

  it('disagrees when no relay was killed inside a move, though one was to be', () => {
    const name = 'relay killed inside a move';
    expect(broken({ kill: { wanted: true, done: undefined } })).toEqual([name]);
    const idle = { relay: 'relay-1', pending: 0 };
    expect(broken({ kill: { wanted: true, done: idle } })).toEqual([name]);
    const lazy = { relay: 'relay-3', pending: 5 };
    expect(broken({ kill: { wanted: true, done: lazy } })).toEqual([name]);
    expect(broken({ kill: { wanted: false, done: undefined } })).toEqual([]);
  });

  it('stands in a table, and what disagrees below it', () => {
    const good = formatReport(makeReport(findings()));
    expect(good).toMatch(/order violations +│ 0/);
    expect(good).toMatch(/relay-1 \(killed\) 1/);
    expect(good).toMatch(/All 12 checks hold\.$/);
    const bad = { ...findings(), rows: 4 };
    const readBack = { ...bad.readBack, pending: 9 };
    expect(formatReport(makeReport({ ...bad, readBack }))).toMatch(
      /\nDISAGREES: events pending: 9, and should be 0$/,
    );
  });
});
