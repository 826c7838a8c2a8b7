import { PostamtError } from '#kernel';

/** The error for a topic that does not exist. */
export function unknownTopic(name: string): PostamtError {
  return new PostamtError(
    'UNKNOWN_TOPIC_OR_PARTITION',
    `there is no topic ${JSON.stringify(name)}; create it, or list it in \`topics\` where the application starts`,
  );
}
