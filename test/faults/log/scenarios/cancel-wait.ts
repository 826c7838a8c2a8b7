import { FaultStage } from '../fault-stage.js';
import type { Scenario } from '../scenario.js';
import { REPLICATED, UNREPLICATED } from './replicated.js';

/** A standby goes deaf, and the sessions of those who wait for it are ended: what they wrote stands there, unreplicated. */
export const cancelWait: Scenario = {
  name: 'a wait for standbys cancelled',
  play: (run) =>
    FaultStage.with(run, REPLICATED, async (stage) => {
      const waiting = stage.producers
        .slice(0, UNREPLICATED)
        .map(({ name }) => name);
      for (let strike = 0; strike < run.strikes; strike += 1) {
        for (const standby of stage.standbys) await standby.pause();
        await stage.producers[UNREPLICATED]?.progress(50);
        await stage.admin.query(
          `select pg_terminate_backend(pid) from pg_stat_activity
          where application_name = any ($1::text[])`,
          [waiting],
        );
        await stage.producers[UNREPLICATED]?.progress(50);
        for (const standby of stage.standbys) standby.resume();
        await stage.progress(5);
      }
    }),
};
