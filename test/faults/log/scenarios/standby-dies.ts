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
        await comesToStand(stage);
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

/** What was on its way when the standby went deaf may be heard of a little later: one look takes up to 20 ms. */
const MOST_WINDOWS = 5;

/** Throws unless nobody who asked for all standbys is acknowledged while somebody else appends and appends. */
async function comesToStand(stage: FaultStage): Promise<void> {
  const waiting = stage.producers.slice(0, UNREPLICATED);
  const seen: string[] = [];
  for (let window = 0; window <= MOST_WINDOWS; window += 1) {
    const acknowledged = waiting.map((each) => each.acknowledged()).join(', ');
    if (acknowledged === seen.at(-1)) return;
    seen.push(acknowledged);
    await alone(stage).progress(50);
  }
  throw new Error(
    `acks=all was acknowledged while a standby in sync took nothing: ${seen.join(' became ')}`,
  );
}
