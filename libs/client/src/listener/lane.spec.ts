import { describe, expect, it } from '@jest/globals';
import { Lane } from './lane.js';

function newLane(): Lane {
  const lane = new Lane({
    id: 1,
    group: 'readers',
    partitionId: 1,
    topic: 'numbers',
    partition: 0,
    epoch: 1,
    member: 1,
  });
  lane.begin(undefined, 0n);
  return lane;
}

describe('A lane', () => {
  it('knows what of it is committed, also where a commit lands after it has begun elsewhere', () => {
    const lane = newLane();
    lane.passed(5);
    const { handledCount } = lane;
    lane.begin(undefined, 100n);
    lane.passed(3);
    expect(lane.settle(5n, handledCount)).toBe(0);
    expect(lane.uncommitted).toBe(3);
    expect(lane.settle(103n, lane.handledCount)).toBe(3);
    expect(lane.uncommitted).toBe(0);
  });

  it('has what it handled committed also where it goes back in the log', () => {
    const lane = newLane();
    lane.passed(5);
    lane.goBack(0n);
    expect(lane.uncommitted).toBe(5);
  });

  it('says what it failed with, whatever that is', () => {
    const lane = newLane();
    lane.failed(0, undefined);
    expect(lane.error).toBe('undefined');
    lane.failed(0, Object.create(null));
    expect(lane.error).toContain('cannot be shown');
  });
});
