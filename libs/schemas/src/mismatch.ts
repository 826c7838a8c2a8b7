import { PostamtError } from '#kernel';
import { joinPath } from './value-path.js';
import { showValue } from './show-value.js';

/** Where a value differs from its schema. */
export interface Mismatch {
  /** Where, as in code: `items[2].id`, `labels["a b"]`; empty for the value as a whole. */
  readonly path: string;
  /** What stands there. */
  readonly value: unknown;
  /** What the schema expects there, in words. */
  readonly expected: string;
}

/** What an error says about the value beside what is wrong with it. */
export interface ValueContext {
  /** The topic the value goes to or comes from. */
  readonly topic?: string;
}

/** The same mismatch, seen from one level further out. */
export function within(step: string, inner: Mismatch): Mismatch {
  return { ...inner, path: joinPath(step, inner.path) };
}

/** SCHEMA_MISMATCH with topic, path, value and expected type. */
export function mismatchError(
  { path, value, expected }: Mismatch,
  context: ValueContext,
): PostamtError {
  const place = path === '' ? 'the value itself' : path;
  return new PostamtError(
    'SCHEMA_MISMATCH',
    `${subject(context)} does not match its Avro schema: ${place} is ${showValue(value)}, expected ${expected}. ` +
      'Correct the value, or change the schema first.',
  );
}

/** How a message begins: `The value for topic incidents`. */
export function subject({ topic }: ValueContext): string {
  return topic === undefined ? 'The value' : `The value for topic ${topic}`;
}
