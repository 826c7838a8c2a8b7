import { inspect } from 'node:util';
import { checkLogHistory } from '#testing';
import { seededRandom } from '../../support/seeded-random.js';
import { describeViolations, writeHistory } from './judge.js';
import { noHits, type Hits, type Scenario } from './scenario.js';

/** How a scenario is to be played. */
export interface Play {
  readonly seed: number;
  readonly strikes: number;
  readonly pauseMs: number;
  readonly print: (line: string) => void;
}

/**
 * Plays a scenario, judges its history and prints what came of it. Resolves to what its faults hit; to undefined when a
 * rule is broken or it did not come to its end, with the whole history in a file and the part that shows it printed.
 */
export async function playScenario(
  scenario: Scenario,
  { seed, strikes, pauseMs, print }: Play,
): Promise<Hits | undefined> {
  const obstacle = await scenario.obstacle?.();
  if (obstacle !== undefined) {
    print(`${scenario.name}: not run: ${obstacle}`);
    return noHits();
  }
  const random = seededRandom(seed);
  try {
    const { history, hits } = await scenario.play({ random, strikes, pauseMs });
    const violations = checkLogHistory(history);
    const counts = Map.groupBy(history.events, ({ kind }) => kind);
    const count = (kind: 'invoke' | 'ok' | 'unknown' | 'poll' | 'truncated') =>
      counts.get(kind)?.length ?? 0;
    print(
      `${scenario.name}: ${count('invoke')} sent, ${count('ok')} acknowledged, ${count('unknown')} unknown, ${history.log.length} in the log, ${count('poll')} read, ${count('truncated')} truncations told, ${violations.length} violations`,
    );
    if (violations.length === 0) return hits;
    print(describeViolations(history, violations));
    print(`the whole history: ${writeHistory(`log-${seed}`, history)}`);
  } catch (error) {
    print(`${scenario.name}: ${inspect(error)}`);
  }
  return undefined;
}
