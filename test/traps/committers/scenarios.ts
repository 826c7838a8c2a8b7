import { isPostamtError } from '#kernel';
import type { EffectViolation } from './check-effects.js';
import type { Committer, Tenure } from './committer.js';
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

/** Two holders start from the same offset, and the zombie begins after the owner has committed. */
export const zombieBeginsAfterTheOwner: CommitterScenario = async (
  scene,
  committer,
) => {
  const zombie = await committer.takeOver();
  const owner = await committer.takeOver();
  await work(owner);
  const refused = await refusals(() => work(zombie));
  return { violations: await scene.violations(), refused };
};

/** Two holders start from the same offset, and the zombie begins while the owner's transaction is open. */
export const zombieBeginsBeforeTheOwnerCommits: CommitterScenario = async (
  scene,
  committer,
) => {
  const zombie = await committer.takeOver();
  const owner = await committer.takeOver();
  const first = await owner.work();
  const second = zombie.work();
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
  const zombie = await (await committer.takeOver()).work();
  const takingOver = committer.takeOver();
  const heldUp = await scene.stage.heldUp(takingOver);
  if (heldUp) await zombie.finish();
  const owner = await takingOver;
  if (owner.from !== scene.end) await work(owner);
  const refused = heldUp ? 0 : await refusals(() => zombie.finish());
  return { violations: await scene.violations(), refused };
};

/** A zombie has been checked, stalls inside its handler, is replaced, and commits before its successor does. */
export const zombieCommitsBeforeItsSuccessor: CommitterScenario = async (
  scene,
  committer,
) => {
  const zombie = await (await committer.takeOver()).work();
  const takingOver = committer.takeOver();
  const heldUp = await scene.stage.heldUp(takingOver);
  if (heldUp) await zombie.finish();
  const owner = await takingOver;
  const refused = heldUp ? 0 : await refusals(() => zombie.finish());
  if (owner.from !== scene.end) await work(owner);
  return { violations: await scene.violations(), refused };
};

/** The scenario again, in a group that has committed before: nobody starts from nothing. */
export function onceCommitted(scenario: CommitterScenario): CommitterScenario {
  return async (scene, committer) => {
    await work(await committer.takeOver());
    scene.end += 3n;
    return scenario(scene, committer);
  };
}

async function work(tenure: Tenure): Promise<void> {
  await (await tenure.work()).finish();
}

/** Refused by the fence, or ended with its session by whoever fenced it. */
async function refusals(attempt: () => Promise<void>): Promise<number> {
  try {
    await attempt();
    return 0;
  } catch (error) {
    if (isPostamtError(error, 'ILLEGAL_GENERATION')) return 1;
    if (isPostamtError(error, 'POSTGRES_UNAVAILABLE')) return 1;
    if (isPostamtError(error, 'OUTCOME_UNKNOWN')) return 1;
    throw error;
  }
}
