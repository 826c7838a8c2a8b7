import {
  laneOf,
  type CommitEntry,
  type EffectEntry,
  type GroupHistory,
  type Lane,
} from '../group-history.js';
import type { GroupViolation } from './group-violation.js';
import { Tenures } from './tenures.js';

/**
 * Whoever lost a partition commits neither offset nor effect: none of a generation stands behind one of a later
 * generation, and none behind the removal of the member that had the partition.
 */
export function checkZombies(history: GroupHistory): GroupViolation[] {
  const tenures = new Tenures(history);
  const effects = effectsWithEpochs(history);
  return [
    ...inOrder(history.commits, 'the offset'),
    ...inOrder(effects, 'an effect'),
    ...history.commits.flatMap((commit) => checkMember(tenures, commit)),
    ...effects.flatMap((effect) => checkEffect(tenures, effect)),
  ];
}

interface Dated extends Lane {
  readonly number: number;
  readonly epoch: number;
}

type DatedEffect = EffectEntry & Dated;

/** The epoch of an effect is that of the offset in its transaction; -1 where there is none. */
function effectsWithEpochs({ commits, effects }: GroupHistory): DatedEffect[] {
  const byTransaction = new Map(
    commits.map((commit) => [transactionOf(commit), commit.epoch]),
  );
  return effects.map((effect) => ({
    ...effect,
    epoch: byTransaction.get(transactionOf(effect)) ?? -1,
  }));
}

function transactionOf(entry: Lane & { readonly transaction: string }): string {
  return `${laneOf(entry)} ${entry.transaction}`;
}

function inOrder(entries: readonly Dated[], what: string): GroupViolation[] {
  const latest = new Map<string, Dated>();
  return entries.flatMap((entry) => {
    const lane = laneOf(entry);
    const before = latest.get(lane);
    if (!before || before.epoch <= entry.epoch) {
      latest.set(lane, entry);
      return [];
    }
    if (entry.epoch === -1) return [];
    return zombie(
      `${what} of generation ${entry.epoch} of ${lane} (number ${entry.number}) was committed behind one of generation ${before.epoch} (number ${before.number})`,
    );
  });
}

function checkMember(tenures: Tenures, commit: CommitEntry): GroupViolation[] {
  const { epoch, number } = commit;
  if (epoch === -1) return [];
  const owner = tenures.ownerIn(commit, epoch);
  const where = `the offset ${commit.next} of ${laneOf(commit)} (number ${number})`;
  if (owner === undefined)
    return zombie(
      `${where} was committed in generation ${epoch}, in which nobody had the partition`,
    );
  const removed = tenures.removal(owner);
  if (!removed || removed.number > number) return [];
  return zombie(
    `${where} was committed by member ${owner}, which had been removed (number ${removed.number})`,
  );
}

function checkEffect(tenures: Tenures, effect: DatedEffect): GroupViolation[] {
  const { epoch, number, id, who } = effect;
  const where = `the effect ${id} of ${laneOf(effect)} (number ${number}) was committed by ${who}`;
  if (epoch === -1) return zombie(`${where} without an offset of a generation`);
  const owner = tenures.ownerIn(effect, epoch);
  const removed = owner === undefined ? undefined : tenures.removal(owner);
  if (!removed || removed.number > number) return [];
  return zombie(`${where}, which had been removed (number ${removed.number})`);
}

function zombie(detail: string): GroupViolation[] {
  return [{ rule: 'zombie', detail }];
}
