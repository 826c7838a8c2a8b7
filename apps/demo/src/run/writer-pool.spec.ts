import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { incidentRow } from '../fixtures/incident-row.js';
import type { IncidentRow } from '../input/incident-row.js';
import { WriterPool } from './writer-pool.js';

function* rows(incidents: number, changes: number): Iterable<IncidentRow> {
  for (let seq = 0; seq < changes; seq += 1)
    for (let n = 0; n < incidents; n += 1)
      yield incidentRow({ incidentId: `1-${n}`, seq });
}

const never = new AbortController().signal;

describe('WriterPool', () => {
  it('writes by several at once, the rows of an incident one after the other in their order', async () => {
    const written = new Map<string, number[]>();
    let atOnce = 0;
    let most = 0;
    const write = async ({ incidentId, seq }: IncidentRow) => {
      most = Math.max(most, (atOnce += 1));
      await delay(Math.random() * 2);
      written.set(incidentId, [...(written.get(incidentId) ?? []), seq]);
      atOnce -= 1;
    };
    await new WriterPool(8, write, never).writeAll(rows(40, 60));
    expect(most).toBe(8);
    expect(written.size).toBe(40);
    const all = Array.from({ length: 60 }, (_, seq) => seq);
    for (const seqs of written.values()) expect(seqs).toEqual(all);
  });

  it('stops at the edge of its transactions when it is asked to', async () => {
    const stopping = new AbortController();
    let begun = 0;
    let ended = 0;
    const write = async () => {
      begun += 1;
      if (begun === 20) stopping.abort(new Error('enough'));
      await delay(1);
      ended += 1;
    };
    const pool = new WriterPool(4, write, stopping.signal);
    await expect(pool.writeAll(rows(100, 100))).rejects.toThrow('enough');
    expect(ended).toBe(begun);
    expect(begun).toBeLessThan(30);
  });

  it('fails with what a transaction failed with, none being under way any more', async () => {
    let underWay = 0;
    const write = async ({ incidentId, seq }: IncidentRow) => {
      underWay += 1;
      await delay(1);
      underWay -= 1;
      if (incidentId === '1-3' && seq === 5) throw new Error('deadlock');
    };
    const pool = new WriterPool(4, write, never);
    await expect(pool.writeAll(rows(10, 500))).rejects.toThrow('deadlock');
    expect(underWay).toBe(0);
  });
});
