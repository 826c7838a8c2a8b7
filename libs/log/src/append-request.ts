import type { Acks } from './acks.js';
import type { PlannedAppend } from './append-plan.js';
import type { PlanOptions } from './plan-options.js';
import type { Topic } from './topic.js';

/** One record batch to be appended, as a producer made it (Kafka's record batch v2). */
export interface AppendRequest {
  readonly topic: string;
  /** The partition's index in the topic. */
  readonly partition: number;
  readonly batch: Buffer;
}

/** Where a batch was put. */
export interface Appended {
  readonly topic: string;
  readonly partition: number;
  /** The offset of its first record. */
  readonly baseOffset: bigint;
  /** The offset of its last record. */
  readonly lastOffset: bigint;
  /** When it was appended, in milliseconds since 1970, where that is the time of its records (`LogAppendTime`). */
  readonly logAppendTime: number | undefined;
  /** Whether it stood there before: an idempotent producer sent it again. */
  readonly duplicate: boolean;
}

export interface AppendOptions extends Pick<PlanOptions, 'built'> {
  /** When the append counts as done; 1 by default. 0 is the caller's not to wait, and appends as 1 does. */
  readonly acks?: Acks;
  /** How long `all` waits for the standbys, in milliseconds; 30,000 by default. One that takes longer is not in sync. */
  readonly timeoutMs?: number | undefined;
  /** Called for each batch before any SQL; throws to refuse it. The schemas' check comes in here. */
  readonly validate?: (topic: Topic, append: PlannedAppend) => void;
  /** False where a swift attempt has failed; true by default. See {@link appendStatement}. */
  readonly swift?: boolean;
}
