import { FaultStage } from '../fault-stage.js';
import { whileHalted, type Halt } from '../../halts.js';
import type { Scenario } from '../scenario.js';
import { THREE_PRODUCERS } from './three-producers.js';

/** The postmaster is killed (SIGKILL) while appenders stand at a halt, and started again. */
function killServerAt(halt: Halt, name: string): Scenario {
  return {
    name,
    play: (run) =>
      FaultStage.with(run, THREE_PRODUCERS, async (stage) => {
        for (let strike = 0; strike < run.strikes; strike += 1) {
          await whileHalted(stage.admin, halt, async (pids) => {
            stage.hits[halt] += pids.length;
            await stage.crash();
          });
          await stage.progress(5);
        }
      }),
  };
}

export const killInAppend = killServerAt(
  'open',
  'server killed inside an open append',
);
export const killInCommit = killServerAt(
  'commit',
  'server killed inside COMMIT',
);

/** The postmaster is killed whenever it happens to be, in the midst of appends. */
export const killAnywhere: Scenario = {
  name: 'server killed anywhere',
  play: (run) =>
    FaultStage.with(run, THREE_PRODUCERS, async (stage) => {
      for (let strike = 0; strike < run.strikes; strike += 1) {
        await stage.progress(1 + Math.floor(run.random() * 50));
        await stage.crash();
      }
    }),
};
