/** How many parts the ring has; fixed by the migration. */
export const PART_COUNT = 4;

/** A part of the ring, as it stands. */
export interface RingPart {
  readonly part: number;
  /** Whether events are written into it now. */
  readonly isCurrent: boolean;
  /** How long ago it was opened, in milliseconds; undefined = it is empty and waits for its turn. */
  readonly openedMs: number | undefined;
  /** How long ago the next part was turned to, in milliseconds. */
  readonly closedMs: number | undefined;
  /** On disk, with its indexes: events, batches, cursors. */
  readonly bytes: number;
}

/** How long, and how much, is kept of what was published. */
export interface RingLimits {
  readonly retentionMs: number;
  readonly retentionBytes: number;
}

/** What an empty table with its indexes takes: less than this is nothing. */
const EMPTY_BYTES = 512 * 1024;

/**
 * The parts to be cleaned, oldest first: where one cannot be, those behind it must not be either, since a batch may tell
 * of events in older parts.
 */
export function partsToClean(
  parts: readonly RingPart[],
  { retentionMs, retentionBytes }: RingLimits,
): number[] {
  let bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
  const due: number[] = [];
  for (const part of closedOldestFirst(parts)) {
    const isOld = (part.closedMs ?? 0) >= retentionMs;
    if (!isOld && bytes <= retentionBytes) break;
    due.push(part.part);
    bytes -= part.bytes;
  }
  return due;
}

/** Whether the next part is to be written: the current one is full, or old, and the next one is empty. */
export function shouldTurn(
  parts: readonly RingPart[],
  { retentionMs, retentionBytes }: RingLimits,
): boolean {
  const current = parts.find((part) => part.isCurrent);
  if (!current) return false;
  const next = parts.find(
    (part) => part.part === (current.part + 1) % PART_COUNT,
  );
  if (!next || next.openedMs !== undefined) return false;
  const isFull = current.bytes >= retentionBytes / PART_COUNT;
  // A closed part is kept for the whole time: turning twice within it keeps one and a half.
  const isOld = (current.openedMs ?? 0) >= retentionMs / 2;
  return current.bytes > EMPTY_BYTES && (isFull || isOld);
}

function closedOldestFirst(parts: readonly RingPart[]): RingPart[] {
  const current = parts.find((part) => part.isCurrent)?.part ?? 0;
  const age = ({ part }: RingPart) =>
    (part - current - 1 + 2 * PART_COUNT) % PART_COUNT;
  return parts
    .filter((part) => !part.isCurrent && part.openedMs !== undefined)
    .sort((a, b) => age(a) - age(b));
}
