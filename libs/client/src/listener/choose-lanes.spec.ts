import { describe, expect, it } from '@jest/globals';
import { chooseLanes, type ChoosableLane } from './choose-lanes.js';

describe('chooseLanes', () => {
  it('takes those that waited longest, as many as there is room for', () => {
    const lanes = [
      lane({ served: 3 }),
      lane({ served: 1 }),
      lane({ served: 2 }),
    ];
    const chosen = chooseLanes(lanes, 2, 0);
    expect(chosen.map(({ served }) => served)).toEqual([1, 2]);
  });

  it.each<[string, Partial<ChoosableLane>]>([
    ['has nothing left', { ahead: { isEmpty: true } }],
    ['runs already', { busy: 1 }],
    ['waits after a failure', { notBefore: 11 }],
    ['has no start yet', { state: 'starting' }],
    ['is to be given up', { state: 'revoking' }],
    ['is being given up', { state: 'releasing' }],
    ['was lost', { state: 'lost' }],
  ])('leaves out one that %s', (_, given) => {
    expect(chooseLanes([lane(given)], 5, 10)).toEqual([]);
  });
});

function lane(given: Partial<ChoosableLane>): ChoosableLane {
  return {
    state: 'working',
    notBefore: 0,
    served: 0,
    busy: 0,
    ahead: { isEmpty: false },
    ...given,
  };
}
