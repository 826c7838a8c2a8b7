import type { FaultSuite, SuiteRun } from '../suite.js';
import {
  addGroupHits,
  describeHits,
  noGroupHits,
  type GroupHits,
} from './group-hits.js';
import type { MemberCall } from './members/member-process.js';
import { playGroups } from './play-groups.js';
import { STRIKES } from './strikes/all-strikes.js';

/** Each kind of member, and of some two: nobody has a group alone. */
export const MEMBERS: readonly MemberCall[] = [
  { group: 'exact', kind: 'transactional', members: 1 },
  { group: 'exact', kind: 'transactional batch', members: 1 },
  { group: 'listeners', kind: 'plain', members: 1 },
  { group: 'listeners', kind: 'plain batch', members: 1, instanceId: 'one' },
  { group: 'listeners', kind: 'by key', members: 1 },
  { group: 'consumers', kind: 'auto', members: 1 },
  { group: 'consumers', kind: 'manual', members: 1 },
];

const ROUND_MINUTES = 4;

/**
 * Plays rounds of all kinds of members under all faults: one in which each fault strikes once, or, where minutes are
 * given, as many as fit into these, of some minutes each.
 */
export const groupsSuite: FaultSuite = async (run) => {
  const { minutes, print } = run;
  const strikes = STRIKES.filter(({ name }) => name.includes(run.only));
  const end = Date.now() + (minutes ?? 0) * 60_000;
  let hits = noGroupHits();
  let { seed } = run;
  do {
    const deadline = Math.min(end, Date.now() + ROUND_MINUTES * 60_000);
    const round = { seed, members: MEMBERS, strikes, deadline, print };
    const more = await playGroups(round);
    if (!more) {
      print(`again: npm run faults -- groups --seed ${seed}`);
      return false;
    }
    hits = addGroupHits(hits, more);
    seed += 1;
  } while (Date.now() < end);
  return struck(hits, run);
};

/** A run that killed nobody inside a handler, a commit or a rebalance has shown nothing of these. */
function struck(hits: GroupHits, { print, only }: SuiteRun): boolean {
  print(describeHits(hits));
  const shown = hits.handler > 0 && hits.commit > 0 && hits.rebalance > 0;
  if (only !== '' || shown) return true;
  print(
    'kills inside a handler, a commit or a rebalance are zero: this run shows nothing of that',
  );
  return false;
}
