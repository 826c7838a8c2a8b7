import type { FaultSuite, SuiteRun } from '../suite.js';
import { playScenario } from './play-scenario.js';
import { addHits, noHits, type Hits } from './scenario.js';
import { SCENARIOS } from './scenarios/all-scenarios.js';

const STRIKES = 5;
const PAUSE_MS = 30_000;

/** Plays all scenarios of the log, again and again until the time is over, and judges each history. */
export const logSuite: FaultSuite = async (run) => {
  const { print } = run;
  const scenarios = SCENARIOS.filter(({ name }) => name.includes(run.only));
  const deadline = Date.now() + (run.minutes ?? 1) * 60_000;
  let hits = noHits();
  for (let round = 0; round === 0 || Date.now() < deadline; round += 1)
    for (const [n, scenario] of scenarios.entries()) {
      if (round > 0 && Date.now() >= deadline) break;
      const seed = run.seed + round * scenarios.length + n;
      const play = { seed, strikes: STRIKES, pauseMs: PAUSE_MS, print };
      const more = await playScenario(scenario, play);
      if (!more) {
        print(
          `again: npm run faults -- log --seed ${seed} --only "${scenario.name}"`,
        );
        return false;
      }
      hits = addHits(hits, more);
    }
  return struck(hits, run);
};

/** A run that hit nothing inside an append, or nothing inside COMMIT, has shown nothing of these. */
function struck(hits: Hits, { print, only }: SuiteRun): boolean {
  print(
    `killed inside an open append: ${hits.open}, inside COMMIT: ${hits.commit}; answers to COMMIT lost: ${hits.answers}; servers killed: ${hits.servers}`,
  );
  if (only !== '' || (hits.open > 0 && hits.commit > 0)) return true;
  print('one of the first two is zero: this run shows nothing of it');
  return false;
}
