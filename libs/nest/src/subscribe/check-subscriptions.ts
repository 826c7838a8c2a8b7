import { PostamtError } from '#kernel';
import type { TopicDefinition } from '#schemas';
import { checkSubscribeOptions } from './subscribe-options.js';
import type { Subscription } from './subscription.js';

/**
 * Checks that each handler can be run as it is wired.
 *
 * @throws PostamtError INVALID_WIRING, INVALID_CONFIG, NOT_SUPPORTED, with class and method
 */
export function checkSubscriptions(
  subscriptions: readonly Subscription[],
  topics: ReadonlyMap<string, TopicDefinition>,
): void {
  const handlers = new Map<string, string>();
  for (const subscription of subscriptions) {
    const { handler, options, topic, wrapper } = subscription;
    checkTopic(subscription, topics);
    checkSubscribeOptions(options, `@Subscribe on ${handler}`);
    if (wrapper.isTransient)
      throw new PostamtError(
        'NOT_SUPPORTED',
        `${handler} belongs to a transient provider, of which there is no one instance to call: make it a singleton or request-scoped`,
      );
    const place = JSON.stringify([topic.name, options.group]);
    const other = handlers.get(place);
    if (other !== undefined)
      throw invalid(
        `${other} and ${handler} both handle topic ${topic.name} in group ${options.group}: give one of them another group`,
      );
    handlers.set(place, handler);
  }
}

function checkTopic(
  { handler, topic }: Subscription,
  topics: ReadonlyMap<string, TopicDefinition>,
): void {
  const name = (topic as TopicDefinition | undefined)?.name;
  if (typeof name !== 'string')
    throw invalid(
      `@Subscribe on ${handler} has no topic: give the result of defineTopic`,
    );
  const known = topics.get(name);
  if (known === topic) return;
  throw invalid(
    known
      ? `${handler} subscribes to another definition of topic ${name} than the application has: give one result of defineTopic to both`
      : `${handler} subscribes to topic ${name}, which the application does not have: add it to the topics of PostamtModule.forRoot or forFeature`,
  );
}

function invalid(message: string): PostamtError {
  return new PostamtError('INVALID_WIRING', message);
}
