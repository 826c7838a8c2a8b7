import { createHash } from 'node:crypto';
import type { LastDelivery } from '#outbox';

/** What a delivery is noted with in Postgres before it is made. */
export interface DeliveryNote {
  /** The events that stand in Kafka once the delivery is made. */
  readonly ids: readonly bigint[];
  /** Events that stood there before, whatever becomes of this delivery, and were not known to be marked. */
  readonly known: ReadonlySet<bigint>;
}

/** What the group's committed offset says: which delivery was the last to be made, and of what. */
export interface MadeDelivery {
  readonly number: bigint;
  readonly digest: string;
}

/**
 * A note as a list of ids: those of known events with a minus before them. An id is an identity column's value, so that
 * it is never 0 or less. An event may stand there twice, as known and as one that this delivery's move marks.
 */
export function writeNote({ ids, known }: DeliveryNote): bigint[] {
  return [...Array.from(known, (id) => -id), ...ids];
}

/** The note that {@link writeNote} wrote. */
export function readNote(written: readonly bigint[]): DeliveryNote {
  return {
    ids: written.filter((id) => id > 0n),
    known: new Set(written.filter((id) => id < 0n).map((id) => -id)),
  };
}

/** Tells one note from another: a number alone comes twice where a database was put back to an earlier state. */
export function digestOf(written: readonly bigint[]): string {
  return createHash('sha256').update(written.join()).digest('base64url');
}

/**
 * The events that stand in Kafka and may be offered again, after a relay was interrupted: those that were known before
 * the last delivery, and those of the last delivery itself where it was made. What its move has marked is not offered
 * again.
 */
export function knownAfter(
  last: LastDelivery | undefined,
  made: MadeDelivery | undefined,
): Set<bigint> {
  if (!last) return new Set();
  const { ids, known } = readNote(last.ids);
  if (last.done) return without(known, ids);
  return new Set(wasMade(last, made) ? [...known, ...ids] : known);
}

/** What is left of `known` once these have been marked. */
export function without(
  known: ReadonlySet<bigint>,
  marked: readonly bigint[],
): Set<bigint> {
  const left = new Set(known);
  for (const id of marked) left.delete(id);
  return left;
}

/** Whether what the group's offset tells is this delivery. */
export function wasMade(
  begun: Pick<LastDelivery, 'number' | 'ids'>,
  made: MadeDelivery | undefined,
): boolean {
  return made?.number === begun.number && made.digest === digestOf(begun.ids);
}
