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
  return ['octet_length(value)', 'octet_length(key)', 'pg_column_size(headers)']
    .map((size) => `coalesce(${size.replace('(', `(${table}.`)}, 0)`)
    .join(' + ');
}
