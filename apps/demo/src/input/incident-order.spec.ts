import { describe, expect, it } from '@jest/globals';
import { incidentRow } from '../fixtures/incident-row.js';
import { BadRow } from './bad-row.js';
import { IncidentOrder } from './incident-order.js';

/** The seqs that are let pass, an x for each that is not. A negative one was rejected for another reason before. */
function passed(seqs: readonly number[]): (number | 'x')[] {
  const order = new IncidentOrder();
  return seqs.map((seq) => {
    try {
      if (seq < 0) order.rejected('1-1');
      else order.take(incidentRow({ seq }));
      return seq < 0 ? 'x' : seq;
    } catch (error) {
      if (!(error instanceof BadRow)) throw error;
      return 'x';
    }
  });
}

describe('IncidentOrder', () => {
  it.each([
    ['rows in their order', [0, 1, 2], [0, 1, 2]],
    ['an incident that does not begin at 0', [1, 2], ['x', 2]],
    ['a row that comes again', [0, 1, 1, 2], [0, 1, 'x', 2]],
    ['a row that goes back', [0, 1, 0, 2], [0, 1, 'x', 2]],
    ['a row that comes too early', [0, 5, 1, 2], [0, 'x', 1, 2]],
    ['a row that is missing, once', [0, 1, 3, 4, 5], [0, 1, 'x', 4, 5]],
    ['nothing behind a row rejected already', [0, -1, 2, 3], [0, 'x', 2, 3]],
    ['two rows that changed places, once', [0, 2, 1, 3], [0, 'x', 1, 3]],
  ])('blames %s', (_, seqs, expected) => {
    expect(passed(seqs)).toEqual(expected);
  });

  it('names incident and seq', () => {
    const order = new IncidentOrder();
    order.take(incidentRow({ seq: 0 }));
    expect(() => order.take(incidentRow({ seq: 0 }))).toThrow(
      'seq of 1-1 is 0 where 1 was to come: out of order',
    );
  });

  it('rejects a time that goes back within an incident', () => {
    const order = new IncidentOrder();
    order.take(incidentRow({ seq: 0, at: 2_000 }));
    expect(() => order.take(incidentRow({ seq: 1, at: 1_000 }))).toThrow(
      'occurred_at is 1970-01-01T00:00:01.000Z, before that of the row before it in 1-1, 1970-01-01T00:00:02.000Z',
    );
    order.take(incidentRow({ seq: 2, at: 2_000 }));
  });

  it('holds each incident to its own order', () => {
    const order = new IncidentOrder();
    order.take(incidentRow({ seq: 0 }));
    order.take(incidentRow({ incidentId: '1-2', seq: 0, at: 0 }));
  });
});
