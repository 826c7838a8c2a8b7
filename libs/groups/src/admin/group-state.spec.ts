import { describe, expect, it } from '@jest/globals';
import { groupStateOf } from './group-state.js';

const settled = {
  members: 2,
  generation: 5,
  assignmentEpoch: 5,
  isMoving: false,
};

describe('groupStateOf', () => {
  it.each([
    ['STABLE', {}],
    ['RECONCILING', { isMoving: true }],
    ['ASSIGNING', { assignmentEpoch: 4 }],
    ['ASSIGNING', { assignmentEpoch: 4, isMoving: true }],
    ['EMPTY', { members: 0 }],
    ['EMPTY', { members: 0, assignmentEpoch: 4, isMoving: true }],
  ])('is %s with %j', (state, change) => {
    expect(groupStateOf({ ...settled, ...change })).toBe(state);
  });
});
