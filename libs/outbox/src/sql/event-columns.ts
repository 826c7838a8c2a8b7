/** What a move reads of an event, whatever table it stands in. */
export function eventColumns(table: string): string {
  return [
    'id',
    'shard',
    'event_id',
    'topic_number',
    'timestamp',
    'key',
    'value',
    'headers',
  ]
    .map((column) => `${table}.${column}`)
    .join(', ');
}

/** How many bytes of an event count towards the limit of a move. */
export function eventBytes(table: string): string {
  return `coalesce(octet_length(${table}.value), 0) + coalesce(octet_length(${table}.key), 0)`;
}
