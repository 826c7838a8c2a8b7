import type { OpenAppender } from './appender.js';
import { plainAppender } from './plain-appender.js';

/** The engine's ways to append, by the name that a producer's process is told. */
export const APPENDERS = {
  plain: plainAppender,
} as const satisfies Record<string, OpenAppender>;

export type AppenderKind = keyof typeof APPENDERS;
