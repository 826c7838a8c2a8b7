import { sleep } from '#kernel';
import { FaultStage } from '../fault-stage.js';
import type { Scenario } from '../scenario.js';
import { THREE_PRODUCERS } from './three-producers.js';

/** A producer is halted (SIGSTOP) wherever it is and continued; the others have to go on meanwhile. */
export const haltProducer: Scenario = {
  name: 'producer halted and continued',
  play: (run) =>
    FaultStage.with(run, THREE_PRODUCERS, async (stage) => {
      for (let strike = 0; strike < run.strikes; strike += 1) {
        const [halted, ...others] = inOrder(stage.producers, run.random);
        halted?.pause();
        const until = Date.now() + run.pauseMs * run.random();
        await Promise.all(others.map((other) => other.progress(50)));
        await sleep(Math.max(0, until - Date.now()));
        halted?.resume();
        await stage.progress(5);
      }
    }),
};

function inOrder<T>(list: readonly T[], random: () => number): T[] {
  const from = Math.floor(random() * list.length);
  return [...list.slice(from), ...list.slice(0, from)];
}
