import { isPostamtError } from '#kernel';
import type { EffectViolation } from './check-effects.js';
import type { Committer } from './committer.js';
import type { GroupScene } from './group-scene.js';

/** How an interleaving ended: what the checker says, and how often the fence refused somebody. */
export interface Outcome {
  readonly violations: readonly EffectViolation[];
  readonly refused: number;
}

export type CommitterScenario = (
  scene: GroupScene,
  committer: Committer,
) => Promise<Outcome>;

/** Two holders start from the same offset, and the second one begins after the first one has committed. */
export const secondBeginsAfterTheFirst: CommitterScenario = async (
  scene,
  committer,
) => {
  const zombieFrom = await committer.takeOver();
  const ownerFrom = await committer.takeOver();
  await (await committer.work(ownerFrom)).finish();
  const refused = await refusals(async () => {
    await (await committer.work(zombieFrom)).finish();
  });
  return { violations: await scene.violations(), refused };
};

/** Two holders start from the same offset, and the second one begins while the first one's transaction is open. */
export const secondBeginsBeforeTheFirstCommits: CommitterScenario = async (
  scene,
  committer,
) => {
  const from = await committer.takeOver();
  const first = await committer.work(from);
  const second = committer.work(from);
  await scene.stage.heldUp(second);
  await first.finish();
  const refused = await refusals(async () => {
    await (await second).finish();
  });
  return { violations: await scene.violations(), refused };
};

/** A zombie has been checked and stalls; a new owner takes over, and works for as long as nothing holds it up. */
export const zombieStallsAfterItsCheck: CommitterScenario = async (
  scene,
  committer,
) => {
  const zombie = await committer.work(await committer.takeOver());
  const takingOver = committer.takeOver();
  const heldUp = await scene.stage.heldUp(takingOver);
  if (heldUp) await zombie.finish();
  const from = await takingOver;
  if (from !== scene.end) await (await committer.work(from)).finish();
  const refused = heldUp ? 0 : await refusals(() => zombie.finish());
  return { violations: await scene.violations(), refused };
};

/** The scenario again, in a group that has committed before: nobody starts from nothing. */
export function onceCommitted(scenario: CommitterScenario): CommitterScenario {
  return async (scene, committer) => {
    await (await committer.work(await committer.takeOver())).finish();
    scene.end += 3n;
    return scenario(scene, committer);
  };
}

async function refusals(attempt: () => Promise<void>): Promise<number> {
  try {
    await attempt();
    return 0;
  } catch (error) {
    if (isPostamtError(error, 'ILLEGAL_GENERATION')) return 1;
    throw error;
  }
}
