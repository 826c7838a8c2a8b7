import { PostamtError } from '#kernel';

/** A topic's configuration, under Kafka's names. What is not said is the default. */
export interface TopicConfig {
  /** The largest record batch, in bytes as stored; 1,048,588 by default (`max.message.bytes`). */
  readonly maxMessageBytes: number;
}

const KEYS = ['max.message.bytes'] as const;
const DEFAULTS: TopicConfig = { maxMessageBytes: 1_048_588 };
const HEADER_BYTES = 61;

/**
 * Reads a configuration as a user wrote it or as the catalogue keeps it.
 *
 * @throws PostamtError INVALID_CONFIG naming the key or the value
 */
export function topicConfig(
  entries: Readonly<Record<string, unknown>> = {},
): TopicConfig {
  for (const key of Object.keys(entries)) {
    if ((KEYS as readonly string[]).includes(key)) continue;
    throw new PostamtError(
      'INVALID_CONFIG',
      `a topic has no configuration ${JSON.stringify(key)} yet; known: ${KEYS.join(', ')}`,
    );
  }
  const bytes = entries['max.message.bytes'];
  if (bytes === undefined) return DEFAULTS;
  const isText = typeof bytes === 'string' && /^\d+$/.test(bytes);
  const value = isText || typeof bytes === 'number' ? Number(bytes) : NaN;
  if (Number.isInteger(value) && value > HEADER_BYTES && value < 2 ** 30) {
    return { maxMessageBytes: value };
  }
  throw new PostamtError(
    'INVALID_CONFIG',
    `max.message.bytes is ${JSON.stringify(bytes)}: give whole bytes from 62 to 1073741823`,
  );
}

/** A configuration under Kafka's names, defaults included: what {@link topicConfig} reads. */
export function topicConfigEntries(
  config: TopicConfig,
): Record<(typeof KEYS)[number], number> {
  return { 'max.message.bytes': config.maxMessageBytes };
}
