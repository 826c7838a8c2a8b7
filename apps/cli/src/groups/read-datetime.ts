import { InvalidArgumentError } from 'commander';

const ISO =
  /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/i;

/** Reads a time, ISO 8601 (UTC where it names no zone, as Kafka's tools have it) or milliseconds since 1970. */
export function readDatetime(text: string): number {
  const time = /^\d+$/.test(text) ? Number(text) : fromIso(text);
  if (Number.isSafeInteger(time)) return time;
  throw new InvalidArgumentError(
    'Give a time such as 2026-03-01T12:00:00Z, or milliseconds since 1970.',
  );
}

function fromIso(text: string): number {
  if (!ISO.test(text)) return NaN;
  const hasZone = /(Z|[+-]\d{2}:\d{2})$/i.test(text);
  const isDay = !/T/i.test(text);
  return Date.parse(isDay || hasZone ? text : `${text}Z`);
}
