import { sleep } from '#kernel';
import { FaultStage } from '../fault-stage.js';
import type { Scenario } from '../scenario.js';
import { TWO_PRODUCERS } from './two-producers.js';

/** A producer is halted (SIGSTOP) wherever it is and continued; the other one has to go on meanwhile. */
export const haltProducer: Scenario = {
  name: 'producer halted and continued',
  play: (run) =>
    FaultStage.with(run, TWO_PRODUCERS, async (stage) => {
      for (let strike = 0; strike < run.strikes; strike += 1) {
        const [halted, other] = stage.producers.toSorted(
          () => run.random() - 0.5,
        );
        halted?.pause();
        const until = Date.now() + run.pauseMs;
        await other?.progress(50);
        await sleep(Math.max(0, until - Date.now()));
        halted?.resume();
        await stage.progress(5);
      }
    }),
};
