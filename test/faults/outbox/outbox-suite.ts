import type { FaultSuite, SuiteRun } from '../suite.js';
import { addOutboxHits, noOutboxHits, type OutboxHits } from './outbox-hits.js';
import { playOutbox } from './play-outbox.js';
import { STRIKES } from './strikes/all-strikes.js';

const EVENTS = 200_000;
const REST = 1_000;

/**
 * Plays rounds of 8 writers and 3 relays under all faults, 200,000 events each: one, or, where minutes are given, as many
 * as fit into these, the last one cut short.
 */
export const outboxSuite: FaultSuite = async (run) => {
  const { minutes, print } = run;
  const strikes = STRIKES.filter(({ name }) => name.includes(run.only));
  const limit =
    minutes === undefined ? undefined : Date.now() + minutes * 60_000;
  const rest = { writerProcesses: 8, rest: REST, print };
  const round = {
    ...rest,
    strikes,
    events: EVENTS,
    deadline: limit ?? Infinity,
  };
  let hits = noOutboxHits();
  let { seed } = run;
  do {
    const more = await playOutbox({ ...round, seed });
    if (!more) {
      print(`again: npm run faults -- outbox --seed ${seed}`);
      return false;
    }
    hits = addOutboxHits(hits, more);
    seed += 1;
  } while (Date.now() < (limit ?? 0));
  return struck(hits, run);
};

/** A run that hit nothing inside a move, or nothing inside COMMIT, or cleaned nothing, has shown nothing of these. */
function struck(hits: OutboxHits, { print, only }: SuiteRun): boolean {
  print(
    `killed inside an open move: ${hits.open}, inside COMMIT: ${hits.commit}; relays killed: ${hits.relays}, halted beyond their session: ${hits.halted}; sessions ended: ${hits.sessions}, backends killed: ${hits.backends}, servers killed: ${hits.servers}; answers to COMMIT lost: ${hits.answers}; turns of the ring: ${hits.turns}`,
  );
  const shown = hits.open > 0 && hits.commit > 0 && hits.turns > 0;
  if (only !== '' || shown) return true;
  print('moves, COMMITs or turns are zero: this run shows nothing of that');
  return false;
}
