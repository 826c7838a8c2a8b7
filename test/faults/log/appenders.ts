import type { OpenAppender } from './appender.js';
import { clientAppender } from './client-appender.js';
import { plainAppender } from './plain-appender.js';
import { sequenceAppender } from './sequence-appender.js';
import { writerAppender } from './writer-appender.js';

/**
 * The engine's ways to append, by the name that a producer's process is told: `plain` and `writer` send once, `sequence`
 * and `client` are idempotent and send again until they know.
 */
export const APPENDERS = {
  plain: plainAppender,
  writer: writerAppender,
  sequence: sequenceAppender,
  client: clientAppender,
} as const satisfies Record<string, OpenAppender>;

export type AppenderKind = keyof typeof APPENDERS;
