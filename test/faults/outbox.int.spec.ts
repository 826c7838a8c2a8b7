import { expect, it } from '@jest/globals';
import { playOutbox } from './outbox/play-outbox.js';
import { STRIKES } from './outbox/strikes/all-strikes.js';

/** The short version of `npm run faults -- outbox`: each fault strikes once. */
it('every committed event is in its topic once, in the order of its key, whatever is killed and when', async () => {
  const printed: string[] = [];
  const hits = await playOutbox({
    seed: 1,
    strikes: STRIKES,
    events: 0,
    deadline: Infinity,
    writerProcesses: 2,
    rest: 50,
    print: (line) => void printed.push(line),
  });
  if (!hits) throw new Error(printed.join('\n'));
  expect(hits.open).toBeGreaterThan(0);
  expect(hits.commit).toBeGreaterThan(0);
  expect(hits.halted).toBe(1);
  expect(hits.turns).toBeGreaterThan(0);
}, 180_000);
