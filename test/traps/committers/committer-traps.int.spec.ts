import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
} from '@jest/globals';
import { commitOffset } from '#groups';
import { useStage } from '../use-stage.js';
import type { MakeCommitter } from './committer.js';
import { groupCommitter } from './group-committer.js';
import { GroupScene } from './group-scene.js';
import * as scenarios from './scenarios.js';
import {
  fenceInItsOwnTransaction,
  noFence,
  sketchCommitter,
  sound,
} from './sketch-committer.js';

const onStage = useStage({ beforeAll, beforeEach, afterEach, afterAll });

const NO_FENCE = { mistake: 'no fence on commit', fence: noFence };
const EARLY_FENCE = {
  mistake: 'a fence in a transaction of its own',
  fence: fenceInItsOwnTransaction,
};

const INTERLEAVINGS = [
  {
    name: 'the second holder begins after the first has committed',
    scenario: scenarios.secondBeginsAfterTheFirst,
    refused: 1,
    naive: [NO_FENCE],
  },
  {
    name: 'the second holder begins before the first commits',
    scenario: scenarios.secondBeginsBeforeTheFirstCommits,
    refused: 1,
    naive: [NO_FENCE, EARLY_FENCE],
  },
  {
    name: 'a zombie stalls after its check',
    scenario: scenarios.zombieStallsAfterItsCheck,
    refused: 0,
    naive: [NO_FENCE, EARLY_FENCE],
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
    expect(await play(groupCommitter)).toEqual({ violations: [], refused });
  });

  it('does not catch a sketch without a mistake', async () => {
    const outcome = await play(sketchCommitter(sound));
    expect(outcome).toEqual({ violations: [], refused });
  });

  it.each(naive)('catches $mistake: duplicate', async ({ fence }) => {
    const outcome = await play(sketchCommitter(fence));
    const rules = outcome.violations.map((violation) => violation.rule);
    expect(rules).toEqual(['duplicate', 'duplicate', 'duplicate']);
    expect(outcome.refused).toBe(0);
  });
});

describe('a zombie that never wakes', () => {
  it('loses its offset and its effects when its session is ended, and the new owner starts where it had started', async () => {
    const scene = await GroupScene.open(onStage());
    const owner = await groupCommitter(scene);
    const { partition, stage, end: next } = scene;
    const zombie = await stage.pause({
      read: async (tx) => {
        await commitOffset(tx, { partition, previous: null, next });
        await scene.apply(tx, null);
        const { rows } = await tx.query('select pg_backend_pid() as pid');
        return rows[0]?.pid as number;
      },
      write: async () => {},
    });
    const takingOver = owner.takeOver();
    expect(await stage.heldUp(takingOver)).toBe(true);
    await stage.db.query('select pg_terminate_backend($1)', [zombie.found]);
    expect(await takingOver).toBeNull();
    await expect(zombie.finish()).rejects.toMatchObject({
      code: 'OUTCOME_UNKNOWN',
    });
    await (await owner.work(null)).finish();
    expect(await scene.violations()).toEqual([]);
  });
});
