import { inspect } from 'node:util';
import { checkLogHistory } from '#testing';
import { seededRandom } from '../../support/seeded-random.js';
import type { FaultSuite, SuiteRun } from '../suite.js';
import { describeViolations, writeHistory } from './judge.js';
import { addHits, noHits, type Hits, type Scenario } from './scenario.js';
import { SCENARIOS } from './scenarios/all-scenarios.js';

const STRIKES = 5;
const PAUSE_MS = 30_000;

/** Plays all scenarios of the log, again and again until the time is over, and judges each history. */
export const logSuite: FaultSuite = async (run) => {
  const deadline = Date.now() + run.minutes * 60_000;
  let hits = noHits();
  for (let round = 0; round === 0 || Date.now() < deadline; round += 1)
    for (const [n, scenario] of SCENARIOS.entries()) {
      if (round > 0 && Date.now() >= deadline) break;
      const seed = run.seed + round * SCENARIOS.length + n;
      const outcome = await playAndJudge(scenario, seed, run);
      if (!outcome) return false;
      hits = addHits(hits, outcome);
    }
  run.print(
    `sessions ended inside an open append: ${hits.append}, inside COMMIT: ${hits.commit}; answers lost: ${hits.answers}; servers killed: ${hits.servers}`,
  );
  return struck(hits, run);
};

/** A run that hit nothing inside an append, or nothing inside COMMIT, has shown nothing of these. */
function struck(hits: Hits, run: SuiteRun): boolean {
  if (hits.append > 0 && hits.commit > 0) return true;
  run.print(
    `no session was ended inside ${hits.append === 0 ? 'an open append' : 'COMMIT'}: this run shows nothing of it`,
  );
  return false;
}

/** Undefined when a rule is broken, or the play did not come to its end. */
async function playAndJudge(
  scenario: Scenario,
  seed: number,
  run: SuiteRun,
): Promise<Hits | undefined> {
  const obstacle = await scenario.obstacle?.();
  if (obstacle !== undefined) {
    run.print(`${scenario.name}: not run: ${obstacle}`);
    return noHits();
  }
  const random = seededRandom(seed);
  try {
    const { history, hits } = await scenario.play({
      random,
      strikes: STRIKES,
      pauseMs: PAUSE_MS,
    });
    const violations = checkLogHistory(history);
    const sends = history.events.filter(({ kind }) => kind === 'invoke').length;
    run.print(
      `${scenario.name}: ${sends} sends, ${history.log.length} in the log, ${violations.length} violations`,
    );
    if (violations.length === 0) return hits;
    run.print(describeViolations(history, violations));
    run.print(`the whole history: ${writeHistory(`log-${seed}`, history)}`);
  } catch (error) {
    run.print(`${scenario.name}: ${inspect(error)}`);
  }
  run.print(`again: npm run faults -- log --seed ${run.seed}`);
  return undefined;
}
