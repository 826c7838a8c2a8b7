import type { ListenerBase } from '#client';
import { PostamtError } from '#kernel';
import { checkOptionNames } from '../installation/check-option-names.js';

/** What {@link Subscribe} is given beside the topic; what is not explained here is as in the listener's options. */
export interface SubscribeOptions extends Omit<
  ListenerBase<unknown, unknown>,
  'topic'
> {
  /** True: the handler is given all records of a transaction at once. False by default. */
  readonly batch?: boolean;
}

/** The names of {@link SubscribeOptions}. */
export const SUBSCRIBE_OPTION_NAMES = [
  'group',
  'concurrency',
  'ordering',
  'transactional',
  'batch',
  'autoOffsetReset',
  'maxPollRecords',
  'maxPartitionFetchBytes',
  'transactionIdleTimeoutMs',
  'pollIntervalMs',
  'fetchMaxBytes',
  'groupInstanceId',
  'clientId',
  'assignor',
  'sessionTimeoutMs',
  'heartbeatIntervalMs',
  'maxPollIntervalMs',
  'onPartitionsAssigned',
  'onPartitionsRevoked',
  'onPartitionsLost',
] as const satisfies readonly (keyof SubscribeOptions)[];

/**
 * Checks a handler's options, as far as the listener does not do it.
 *
 * @param owner whose options they are, for the message
 * @throws PostamtError INVALID_CONFIG
 */
export function checkSubscribeOptions(
  options: SubscribeOptions,
  owner: string,
): void {
  checkOptionNames(options, SUBSCRIBE_OPTION_NAMES, owner);
  const { concurrency = 1, group } = options;
  if (typeof group !== 'string' || group === '')
    throw new PostamtError(
      'INVALID_CONFIG',
      `${owner} has no group: give the consumer group's name`,
    );
  if (Number.isSafeInteger(concurrency) && concurrency > 0) return;
  throw new PostamtError(
    'INVALID_CONFIG',
    `${owner} has concurrency ${String(concurrency)}: give a whole number of at least 1`,
  );
}
