import type { ProducerProcess } from '../producer-process.js';
import { FaultStage } from '../fault-stage.js';
import type { Scenario } from '../scenario.js';
import { REPLICATED, UNREPLICATED } from './replicated.js';

/**
 * A standby goes deaf: who asked for all waits for it, and who did not goes on. Then it is killed, and who asked for all
 * goes on with the other one; then it comes back.
 */
export const standbyDies: Scenario = {
  name: 'a standby halted, killed and started again',
  play: (run) =>
    FaultStage.with(run, REPLICATED, async (stage) => {
      for (let strike = 0; strike < run.strikes; strike += 1) {
        const n = Math.floor(run.random() * stage.standbys.length);
        const standby = stage.standbys[n];
        await standby?.pause();
        // What was on its way when it went deaf is done, or waits.
        await alone(stage).progress(5);
        await standsStill(stage, () => alone(stage).progress(50));
        await standby?.kill();
        await stage.progress(5);
        await standby?.start();
        await stage.progress(5);
      }
    }),
};

function alone(stage: FaultStage): ProducerProcess {
  return stage.producers[UNREPLICATED] as ProducerProcess;
}

/** Throws when somebody who asked for all standbys is acknowledged while `act` runs. */
async function standsStill(
  stage: FaultStage,
  act: () => Promise<void>,
): Promise<void> {
  const waiting = stage.producers.slice(0, UNREPLICATED);
  const acknowledged = () =>
    waiting.map((each) => each.acknowledged()).join(', ');
  const before = acknowledged();
  await act();
  const after = acknowledged();
  if (before !== after)
    throw new Error(
      `acks=all was acknowledged while a standby in sync took nothing: ${before} became ${after}`,
    );
}
