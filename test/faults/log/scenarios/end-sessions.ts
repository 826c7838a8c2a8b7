import { FaultStage } from '../fault-stage.js';
import { whileHalted, type Halt } from '../../halts.js';
import type { Scenario } from '../scenario.js';
import { THREE_PRODUCERS } from './three-producers.js';

/** Sessions of appenders are ended (`pg_terminate_backend`) while they stand at a halt. */
function endSessionsAt(halt: Halt, name: string): Scenario {
  return {
    name,
    play: (run) =>
      FaultStage.with(run, THREE_PRODUCERS, async (stage) => {
        for (let strike = 0; strike < run.strikes; strike += 1) {
          await whileHalted(stage.admin, halt, async (pids) => {
            const { rows } = await stage.admin.query(
              'select pg_terminate_backend(pid, 10000) as ended from unnest($1::int[]) as pid',
              [pids],
            );
            stage.hits[halt] += rows.filter(({ ended }) => ended).length;
          });
          await stage.progress(5);
        }
      }),
  };
}

export const endInAppend = endSessionsAt(
  'open',
  'sessions ended inside an open append',
);
export const endInCommit = endSessionsAt(
  'commit',
  'sessions ended inside COMMIT',
);
