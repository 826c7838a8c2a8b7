import type { Logger } from '#kernel';
import { EVENT_ID_HEADER } from './outbox-event.js';

/** Puts the trace that is under way into `carrier`, under the names of headers: `traceparent`, `tracestate`. */
export type TraceContext = (carrier: Record<string, string>) => void;

export type TraceHeaders = Readonly<Record<string, string>>;

const NONE: TraceHeaders = {};

/** Version, trace id, parent id, flags; neither id all zeros. Source: W3C Trace Context, section 3.2. */
const TRACEPARENT =
  /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?=$|-)/;
/** Version 00 ends there; what later versions append is theirs to say. */
const FIRST_VERSION_BYTES = 55;

/**
 * What a tracer says of the publish that is under way, as headers. It never throws: tracing must not fail business. A
 * `traceparent` that breaks W3C's form goes, with its `tracestate`, and is logged for debugging.
 */
export function traceHeaders(
  inject: TraceContext | undefined,
  logger: Logger,
): TraceHeaders {
  if (!inject) return NONE;
  const carrier: Record<string, string> = {};
  try {
    inject(carrier);
  } catch (error) {
    logger.debug({ err: error }, 'traceContext failed: no trace is sent');
    return NONE;
  }
  const entries: [string, unknown][] = Object.entries(carrier);
  const kept = entries.filter(([name, value]) => isHeader(name, value));
  const isTraced = kept.some(
    ([name, value]) => name === 'traceparent' && isTraceparent(value as string),
  );
  const sound = isTraced ? kept : kept.filter(([name]) => !isOfTrace(name));
  if (sound.length < entries.length)
    logger.debug({ carrier }, 'traceContext gave what is no header, or no W3C');
  return Object.fromEntries(sound) as TraceHeaders;
}

/** An event's own headers, and those of the trace that it does not have; a `traceparent` of its own brings its state. */
export function withTrace(
  own: Readonly<Record<string, string | Buffer>> | undefined,
  trace: TraceHeaders,
): Readonly<Record<string, string | Buffer>> | undefined {
  if (trace === NONE) return own;
  const given = own ?? {};
  const added = Object.entries(trace).filter(
    ([name]) =>
      !Object.hasOwn(given, name) &&
      !(isOfTrace(name) && Object.hasOwn(given, 'traceparent')),
  );
  return { ...given, ...Object.fromEntries(added) };
}

function isHeader(name: string, value: unknown): boolean {
  return (
    typeof value === 'string' &&
    value.isWellFormed() &&
    name.isWellFormed() &&
    !name.includes('\0') &&
    name !== EVENT_ID_HEADER
  );
}

function isTraceparent(value: string): boolean {
  if (!TRACEPARENT.test(value)) return false;
  return !value.startsWith('00') || value.length === FIRST_VERSION_BYTES;
}

function isOfTrace(name: string): boolean {
  return name === 'traceparent' || name === 'tracestate';
}
