import { describe, expect, it } from '@jest/globals';
import type { OwnedPartition } from '#groups';
import { planLanes } from './lane-plan.js';
import type { LaneState } from './lane.js';

describe('planLanes', () => {
  it('opens a lane for each partition that has none', () => {
    const plan = planLanes({ owned: [at(1), at(2)], revoking: [] }, [lane(1)]);
    expect(plan).toEqual({ ...NOTHING, open: [at(2)] });
  });

  it('ends the lane of a partition that is to be given up, once', () => {
    const working = lane(1);
    const assigned = { owned: [], revoking: [at(1), at(2)] };
    const plan = planLanes(assigned, [working, lane(2, 'revoking')]);
    expect(plan).toEqual({ ...NOTHING, revoke: [working] });
  });

  it('gives up at once what it has no lane for', () => {
    const plan = planLanes({ owned: [], revoking: [at(1)] }, []);
    expect(plan).toEqual({ ...NOTHING, release: [at(1)] });
  });

  it('goes on with a lane whose partition it may keep after all', () => {
    const ending = lane(1, 'revoking');
    const plan = planLanes({ owned: [at(1)], revoking: [] }, [ending]);
    expect(plan).toEqual({ ...NOTHING, resume: [ending] });
  });

  it('leaves alone a lane that is being given up, whatever it hears meanwhile', () => {
    const releasing = [lane(1, 'releasing'), lane(2, 'releasing')];
    const assigned = { owned: [at(1)], revoking: [at(2)] };
    expect(planLanes(assigned, releasing)).toEqual(NOTHING);
  });

  it('abandons the lane of a partition that is not its own any more', () => {
    const gone = lane(1);
    const plan = planLanes({ owned: [], revoking: [] }, [gone]);
    expect(plan).toEqual({ ...NOTHING, lose: [gone] });
  });

  it('takes a partition that came back in another generation for another one', () => {
    const before = lane(1);
    const again = { ...at(1), epoch: 9 };
    const plan = planLanes({ owned: [again], revoking: [] }, [before]);
    expect(plan).toEqual({ ...NOTHING, open: [again], lose: [before] });
  });
});

const NOTHING = { open: [], revoke: [], resume: [], lose: [], release: [] };

function at(id: number): OwnedPartition {
  const place = { topic: 't', partition: id, partitionId: id, group: 'g' };
  return { ...place, id, epoch: 3, member: 7 };
}

function lane(id: number, state: LaneState = 'working') {
  return { partition: at(id), state };
}
