import { expect, it } from '@jest/globals';
import { MEMBERS } from './groups/groups-suite.js';
import { playGroups } from './groups/play-groups.js';
import { QUICK_STRIKES } from './groups/strikes/all-strikes.js';

/** The short version of `npm run faults -- groups`: each fault that takes few seconds strikes once. */
it('members that are killed, stopped and cut off handle every record, in order and once where that is promised', async () => {
  const printed: string[] = [];
  const hits = await playGroups({
    seed: 1,
    members: MEMBERS,
    strikes: QUICK_STRIKES,
    deadline: 0,
    print: (line) => void printed.push(line),
  });
  if (!hits) throw new Error(printed.join('\n'));
  expect(hits.handler).toBeGreaterThan(0);
  expect(hits.commit).toBeGreaterThan(0);
  expect(hits.rebalance).toBeGreaterThan(0);
  expect(hits.stalled).toBe(1);
  expect(hits.cut).toBe(1);
  expect(hits.partitions).toBe(1);
}, 180_000);
