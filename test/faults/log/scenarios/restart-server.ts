import { FaultStage } from '../fault-stage.js';
import type { Scenario } from '../scenario.js';
import { THREE_PRODUCERS } from './three-producers.js';

/** The server is shut down (fast) and started again. */
export const restartServer: Scenario = {
  name: 'server restarted',
  play: (run) =>
    FaultStage.with(run, THREE_PRODUCERS, async (stage) => {
      for (let strike = 0; strike < run.strikes; strike += 1) {
        await stage.during('crash', () => stage.server.restart());
        await stage.progress(20);
      }
    }),
};
