import { describe, expect, it } from '@jest/globals';
import { incidentRow } from '../fixtures/incident-row.js';
import { IncidentFold } from './incident-fold.js';

describe('IncidentFold', () => {
  it('keeps the last state, counts changes, and adds up the time in each status that was left', () => {
    const fold = new IncidentFold();
    const rows = [
      incidentRow({ seq: 0, at: 1_000, status: 'Queued', subStatus: 'a' }),
      incidentRow({ incidentId: '2', seq: 0, at: 1_500 }),
      incidentRow({ seq: 1, at: 1_100, status: 'Accepted', subStatus: 'b' }),
      incidentRow({ seq: 2, at: 1_130, status: 'Queued', subStatus: 'a' }),
      incidentRow({ seq: 3, at: 1_137, status: 'Queued', subStatus: 'c' }),
      incidentRow({ seq: 4, at: 2_000, status: 'Completed', subStatus: 'd' }),
    ];
    for (const row of rows) fold.add(row);
    expect(fold.rows).toBe(6);
    expect(fold.states()).toEqual([
      {
        incidentId: '1-1',
        status: 'Completed',
        subStatus: 'd',
        changes: 5,
        lastSeq: 4,
        lastAt: 2_000,
        spent: { Queued: 100 + 7 + 863, Accepted: 30 },
      },
      {
        incidentId: '2',
        status: 'Accepted',
        subStatus: 'In Progress',
        changes: 1,
        lastSeq: 0,
        lastAt: 1_500,
        spent: {},
      },
    ]);
  });

  it('counts closings, each time an incident is closed', () => {
    const fold = new IncidentFold();
    const closed = { status: 'Completed', subStatus: 'Closed' } as const;
    fold.add(incidentRow({ seq: 0, ...closed }));
    fold.add(incidentRow({ seq: 1 }));
    fold.add(incidentRow({ seq: 2, ...closed }));
    fold.add(
      incidentRow({ seq: 3, status: 'Completed', subStatus: 'In Call' }),
    );
    expect(fold.closings).toBe(2);
  });
});
