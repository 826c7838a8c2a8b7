/**
 * The rules that a history of the log is held against. After Jepsen's checker for Kafka (jepsen.tests.kafka), in our
 * words:
 *
 * - `lost`: acknowledged and not in the final log. With `acks=1` a promotion may take a tail, and nothing else.
 * - `duplicate`: one value at two offsets.
 * - `inconsistent offsets`: somebody was told of another value at an offset than stands there in the end, or than another
 *   reader saw there in the same leader epoch, and heard of no truncation.
 * - `aborted read`: the send of a value failed for certain, and the value is in the log or was read.
 * - `never sent`: a value that nobody sent.
 * - `gap`, `overlap`: offsets of the final log that nothing stands at, or two values.
 * - `reader skip`, `non-monotonic read`: a reader passed over offsets, or went back, without having been moved.
 * - `acks0 middle`: of what was sent with `acks=0`, something is lost that was sent before something that is there, with
 *   no fault between the two; only a tail may be lost.
 * - `order`: what one producer sent to one partition does not stand there in the order in which it was sent.
 */
export const LOG_RULES = [
  'lost',
  'duplicate',
  'inconsistent offsets',
  'aborted read',
  'never sent',
  'gap',
  'overlap',
  'reader skip',
  'non-monotonic read',
  'acks0 middle',
  'order',
] as const;

export type LogRule = (typeof LOG_RULES)[number];

/** A rule that a history breaks. */
export interface LogViolation {
  readonly rule: LogRule;
  /** One sentence with the values, offsets and readers concerned. */
  readonly detail: string;
  readonly partition: number;
  /** The values concerned, for {@link eventsAbout}. */
  readonly values: readonly string[];
  /** The offset concerned, where there is one. */
  readonly offset?: bigint;
}

/** A place as violations name it. */
export function placeOf(at: {
  readonly partition: number;
  readonly offset: bigint;
}): string {
  return `${at.partition}@${at.offset}`;
}
