import type { ShownRecord } from './shown-record.js';

/**
 * A record as one line with tabs between its parts: partition, offset, time, key, headers, value, and the note if there
 * is one. Texts are in JSON's quotes, so that a line's end in a key is no line's end and null is not "null".
 */
export function recordLine(record: ShownRecord): string {
  const headers = record.headers.map(
    ({ key, value }) => `${headerName(key)}=${JSON.stringify(value)}`,
  );
  return [
    record.partition,
    record.offset,
    record.timestamp,
    JSON.stringify(record.key),
    headers.join(' ') || '-',
    JSON.stringify(record.value),
    ...(record.note === undefined ? [] : [`# ${record.note}`]),
  ].join('\t');
}

function headerName(name: string): string {
  return /^[\w.-]+$/.test(name) ? name : JSON.stringify(name);
}
