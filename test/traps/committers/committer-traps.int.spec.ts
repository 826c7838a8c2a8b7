import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
} from '@jest/globals';
import { commitNow, committedOffsets, Membership } from '#groups';
import type { OwnedPartition } from '#groups';
import { waitFor } from '#testing';
import { useStage } from '../use-stage.js';
import type { MakeCommitter } from './committer.js';
import { groupCommitter } from './group-committer.js';
import { GROUP, GroupScene, TOPIC } from './group-scene.js';
import * as scenarios from './scenarios.js';
import {
  fenceInItsOwnTransaction,
  leaseByClock,
  noFence,
  ownerWithoutLock,
  sketchCommitter,
  sound,
} from './sketch-committer.js';

const onStage = useStage({ beforeAll, beforeEach, afterEach, afterAll });

const NO_FENCE = { mistake: 'no fence on commit', fence: noFence };
const EARLY_FENCE = {
  mistake: 'a fence in a transaction of its own',
  fence: fenceInItsOwnTransaction,
};
const NO_LOCK = {
  mistake: 'a check of the owner that holds no lock',
  fence: ownerWithoutLock,
};
const CLOCKS = { mistake: 'two owners by clock', fence: leaseByClock };

/** How often somebody is refused: by the group, and by a sketch whose successor waits for the zombie. */
const INTERLEAVINGS = [
  {
    name: 'the zombie begins after the owner has committed',
    scenario: scenarios.zombieBeginsAfterTheOwner,
    refused: { group: 1, sketch: 1 },
    naive: [NO_FENCE, CLOCKS],
  },
  {
    name: 'the zombie begins before the owner commits',
    scenario: scenarios.zombieBeginsBeforeTheOwnerCommits,
    refused: { group: 1, sketch: 1 },
    naive: [NO_FENCE, EARLY_FENCE, CLOCKS],
  },
  {
    name: 'a zombie stalls after its check',
    scenario: scenarios.zombieStallsAfterItsCheck,
    refused: { group: 1, sketch: 0 },
    naive: [NO_FENCE, EARLY_FENCE, NO_LOCK, CLOCKS],
  },
  {
    name: 'a zombie checks, stalls inside its handler, is replaced, and commits before its successor does',
    scenario: scenarios.zombieCommitsBeforeItsSuccessor,
    refused: { group: 1, sketch: 0 },
    naive: [NO_FENCE, NO_LOCK, CLOCKS],
  },
];

const TRAPS = INTERLEAVINGS.flatMap((interleaving) => [
  { ...interleaving, start: 'from no committed offset' },
  {
    ...interleaving,
    start: 'from a committed offset',
    scenario: scenarios.onceCommitted(interleaving.scenario),
  },
]);

describe.each(TRAPS)('$name, $start', ({ scenario, refused, naive }) => {
  async function play(make: MakeCommitter): Promise<scenarios.Outcome> {
    const scene = await GroupScene.open(onStage());
    return scenario(scene, await make(scene));
  }

  it('does not catch the group: effects once, the zombie refused', async () => {
    const outcome = await play(groupCommitter);
    expect(outcome).toEqual({ violations: [], refused: refused.group });
  });

  it('does not catch a sketch without a mistake', async () => {
    const outcome = await play(sketchCommitter(sound));
    expect(outcome).toEqual({ violations: [], refused: refused.sketch });
  });

  it.each(naive)('catches $mistake: duplicate', async ({ fence }) => {
    const outcome = await play(sketchCommitter(fence));
    const rules = outcome.violations.map((violation) => violation.rule);
    expect(rules).toEqual(['duplicate', 'duplicate', 'duplicate']);
    expect(outcome.refused).toBe(0);
  });
});

describe('a partition that was given up', () => {
  it('refuses the commit after the release', async () => {
    const { db } = (await GroupScene.open(onStage())).stage;
    const options = { group: GROUP, topics: [TOPIC] };
    const first = await Membership.join(db, options);
    const [partition] = first.owned as [OwnedPartition];
    await commitNow(db, [{ partition, next: 1n }]);
    await first.resubscribe({ topics: ['another'] });
    await waitFor('it to be asked for', () => first.revoking.length === 1);
    await commitNow(db, [{ partition, next: 2n }]);
    await first.release(first.revoking);
    const late = commitNow(db, [{ partition, next: 3n }]);
    await expect(late).rejects.toMatchObject({ code: 'ILLEGAL_GENERATION' });
    const second = await Membership.join(db, options);
    const again = commitNow(db, [{ partition, next: 3n }]);
    await expect(again).rejects.toMatchObject({ code: 'ILLEGAL_GENERATION' });
    const committed = await committedOffsets(db, second.owned);
    expect(committed.get(partition.id)?.offset).toBe(2n);
  });
});
