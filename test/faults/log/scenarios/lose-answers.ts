import { waitFor } from '#testing';
import { FaultStage } from '../fault-stage.js';
import type { Scenario } from '../scenario.js';
import { THREE_PRODUCERS } from './three-producers.js';

/**
 * What the server answers is lost while it goes on hearing: a COMMIT is done and nobody is told, and then the lines break.
 */
export const loseAnswers: Scenario = {
  name: 'answers to COMMIT lost',
  play: (run) =>
    FaultStage.with(run, THREE_PRODUCERS, async (stage) => {
      for (let strike = 0; strike < run.strikes; strike += 1) {
        const before = await stage.storedBatches();
        const hangUp = stage.line.cutAnswers();
        const more = await waitFor('a COMMIT without an answer', async () => {
          const stored = await stage.storedBatches();
          return stored > before && stored - before;
        });
        stage.hits.answers += more;
        hangUp();
        await stage.progress(5);
      }
    }),
};
