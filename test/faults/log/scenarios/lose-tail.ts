import { FaultStage, type Cast } from '../fault-stage.js';
import type { Scenario } from '../scenario.js';

/** They are told nothing; sends go on while the server is away. */
const UNACKNOWLEDGED: Cast = {
  producers: [
    { kind: 'writer', acks: 0 },
    { kind: 'writer', acks: 0 },
  ],
};

/** Nobody waits for anything, and the postmaster is killed: a tail may be lost, never a middle. */
export const loseTail: Scenario = {
  name: 'acks=0, server killed',
  play: (run) =>
    FaultStage.with(run, UNACKNOWLEDGED, async (stage) => {
      for (let strike = 0; strike < run.strikes; strike += 1) {
        await stage.grow(1 + Math.floor(run.random() * 50));
        await stage.crash();
      }
      await stage.grow(10);
    }),
};
