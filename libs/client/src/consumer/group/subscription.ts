import { PostamtError } from '#kernel';
import type { TopicDefinition } from '#schemas';
import type { PartitionPlace } from '../consumer-record.js';

/** What is called with partitions, inside `poll`, which waits for it. */
export type RebalanceCallback = (
  partitions: readonly PartitionPlace[],
) => Promise<void> | void;

/** What a subscriber is told of its partitions (Kafka's ConsumerRebalanceListener). */
export interface RebalanceListener {
  /** They are this consumer's now, their positions are set; the place to `seek` elsewhere. */
  readonly onPartitionsAssigned?: RebalanceCallback;
  /**
   * They are to go to others once this has ended: the place to finish work and to `commitSync`. With auto-commit, what
   * earlier polls gave is committed already.
   */
  readonly onPartitionsRevoked?: RebalanceCallback;
  /** They went to others already, since this member was too late: nothing can be committed. */
  readonly onPartitionsLost?: RebalanceCallback;
}

/** How to subscribe. */
export interface SubscribeOptions extends RebalanceListener {
  /** With a pattern: the topics whose records are to come decoded; those of others come as bytes. */
  readonly definitions?: readonly TopicDefinition[];
}

/** What a consumer has subscribed to. */
export interface Subscription {
  readonly topics?: readonly string[];
  readonly pattern?: RegExp;
}

/**
 * What is to be subscribed to.
 *
 * @throws PostamtError INVALID_VALUE for no topic at all, and for a pattern with the flag g or y
 */
export function subscriptionOf(
  given: readonly (string | TopicDefinition)[] | RegExp,
): Subscription {
  if (given instanceof RegExp) return { pattern: plainPattern(given) };
  const names = given.map((topic) =>
    typeof topic === 'string' ? topic : topic.name,
  );
  if (names.length > 0) return { topics: [...new Set(names)] };
  throw new PostamtError(
    'INVALID_VALUE',
    'there is no topic to subscribe to; name some, or call unsubscribe()',
  );
}

function plainPattern(pattern: RegExp): RegExp {
  if (!pattern.global && !pattern.sticky) return pattern;
  throw new PostamtError(
    'INVALID_VALUE',
    `${String(pattern)} has the flag g or y: a name either matches or not; leave it out`,
  );
}
