import type { MessageHandler } from '@nestjs/microservices';
import { PostamtError } from '#kernel';
import type { TopicDefinition } from '#schemas';

/** A topic, and the handler whose pattern it is. */
export interface SubscribedTopic {
  readonly topic: TopicDefinition;
  readonly call: MessageHandler;
}

/**
 * Finds the topic of each pattern.
 *
 * @throws PostamtError NOT_SUPPORTED, INVALID_WIRING naming the pattern
 */
export function subscribedTopics(
  handlers: ReadonlyMap<string, MessageHandler>,
  topics: ReadonlyMap<string, TopicDefinition>,
): SubscribedTopic[] {
  return [...handlers].map(([pattern, call]) => {
    const named = JSON.stringify(pattern);
    if (!call.isEventHandler)
      throw new PostamtError(
        'NOT_SUPPORTED',
        `@MessagePattern(${named}) asks for a reply, which a topic does not give: use @EventPattern, or name the transport that the handler is for`,
      );
    if (call.next)
      throw new PostamtError(
        'INVALID_WIRING',
        `two handlers have @EventPattern(${named}): there is one in a group; use @Subscribe with another group for the other`,
      );
    const topic = topics.get(pattern);
    if (topic) return { topic, call };
    throw new PostamtError(
      'INVALID_WIRING',
      `@EventPattern(${named}) is no topic of PostamtServer: it has ${[...topics.keys()].join(', ') || 'none'}`,
    );
  });
}
