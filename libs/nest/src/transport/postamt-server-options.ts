import type { RelayOptions } from '#outbox';
import { checkOptionNames } from '../installation/check-option-names.js';
import {
  checkSubscribeOptions,
  SUBSCRIBE_OPTION_NAMES,
  type SubscribeOptions,
} from '../subscribe/subscribe-options.js';
import {
  TRANSPORT_OPTION_NAMES,
  type TransportConnectionOptions,
} from './transport-connection.js';

/** What {@link PostamtServer} is given: the group, and the options of `@Subscribe`, are those of all its handlers. */
export interface PostamtServerOptions
  extends TransportConnectionOptions, Omit<SubscribeOptions, 'batch'> {
  /** Whether a relay runs with it; false by default. */
  readonly relay?: boolean | RelayOptions;
  /** How long handlers that are under way at `close` may take to finish, in milliseconds; 30,000 by default. */
  readonly shutdownDeadlineMs?: number;
}

const OWNER = 'PostamtServer';

/** @throws PostamtError INVALID_CONFIG naming the option */
export function checkServerOptions(options: PostamtServerOptions): void {
  const ofHandlers = SUBSCRIBE_OPTION_NAMES.filter((name) => name !== 'batch');
  const names = [
    ...TRANSPORT_OPTION_NAMES,
    ...ofHandlers,
    'relay',
    'shutdownDeadlineMs',
  ];
  checkOptionNames(options, names, OWNER);
  checkSubscribeOptions(subscribeOptions(options), OWNER);
}

/**
 * What of the server's options is for the handler of a topic. Each is a member of its own, and a static one has a name of
 * its own.
 */
export function subscribeOptions(
  options: PostamtServerOptions,
  topic?: string,
): SubscribeOptions {
  const given = SUBSCRIBE_OPTION_NAMES.filter((name) => name in options).map(
    (name) => [name, options[name as keyof PostamtServerOptions]],
  );
  const { groupInstanceId } = options;
  return {
    ...(Object.fromEntries(given) as unknown as SubscribeOptions),
    ...(groupInstanceId !== undefined &&
      topic !== undefined && {
        groupInstanceId: `${groupInstanceId}.${topic}`,
      }),
  };
}
