import { inspect } from 'node:util';
import { seededRandom } from '../../support/seeded-random.js';
import { checkOutbox } from './judge/check-outbox.js';
import { describeOutbox, writeOutboxHistory } from './judge/describe-outbox.js';
import type { OutboxHistory } from './outbox-history.js';
import type { OutboxHits } from './outbox-hits.js';
import { OutboxStage } from './outbox-stage.js';
import type { Strike } from './strikes/strike.js';

/** How a round is to be played. */
export interface OutboxPlay {
  readonly seed: number;
  readonly strikes: readonly Strike[];
  /** Writers go on until so many events are committed, or until `deadline`; each fault strikes once at the least. */
  readonly events: number;
  /** In milliseconds since 1970. */
  readonly deadline: number;
  readonly writerProcesses: number;
  /** How many events are to be moved between two strikes. */
  readonly rest: number;
  readonly print: (line: string) => void;
}

const WRITERS = 8;
const RELAYS = 3;

/**
 * Plays a round, judges what is left and prints what came of it. Resolves to what the faults hit; to undefined when a
 * rule is broken or the round did not come to its end, with the history in a file and the part that shows it printed.
 */
export async function playOutbox(
  play: OutboxPlay,
): Promise<OutboxHits | undefined> {
  const { seed, print } = play;
  const random = seededRandom(seed);
  const { writerProcesses } = play;
  const cast = { random, writers: WRITERS, writerProcesses, relays: RELAYS };
  try {
    const { history, hits } = await OutboxStage.with(cast, (stage) =>
      strikeUntilDone(stage, play),
    );
    const violations = checkOutbox(history);
    print(`${summary(history)}, ${violations.length} violations`);
    if (violations.length === 0) return hits;
    print(describeOutbox(history, violations));
    const file = writeOutboxHistory(`outbox-${seed}`, history);
    print(`the whole history: ${file}`);
  } catch (error) {
    print(inspect(error));
  }
  return undefined;
}

/** Strikes in an order of chance, each once, and again from the first one on until enough was written. */
async function strikeUntilDone(
  stage: OutboxStage,
  { strikes, events, deadline, rest, print }: OutboxPlay,
): Promise<void> {
  do {
    for (const strike of shuffled(strikes, stage.random)) {
      try {
        await strike.play(stage);
        await stage.progress(rest);
      } catch (error) {
        throw new Error(`"${strike.name}" came to nothing`, { cause: error });
      }
    }
    await stage.noteStatuses();
    print(`  ${await stage.committed()} events committed`);
  } while (Date.now() < deadline && (await stage.committed()) < events);
}

function shuffled<T>(list: readonly T[], random: () => number): T[] {
  const drawn = list.map((item) => ({ item, at: random() }));
  return drawn.toSorted((a, b) => a.at - b.at).map(({ item }) => item);
}

function summary({ told, ledger, log, shown }: OutboxHistory): string {
  const outcomes = { committed: 0, 'rolled back': 0, unknown: 0 };
  for (const event of told)
    if (event.kind === 'ended') outcomes[event.outcome] += 1;
  return `${outcomes.committed} transactions committed, ${outcomes['rolled back']} rolled back, ${outcomes.unknown} unknown; ${ledger.length} events committed, ${log.length} in the log, ${shown.length} shown by the outbox`;
}
