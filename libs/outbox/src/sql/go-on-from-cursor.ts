import { defineStatement } from '#postgres';
import { isParked, nextDue } from './waiting-in-shard.js';

/**
 * Writes the next cursor of a shard whose lock is held: as the last one is, of whatever server that is, but for when what
 * waits is to be looked at, and whether keys are parked, both found anew. Who has moved nothing must not make it look as if
 * this server had: a cursor of another one stays that. $1 shard.
 */
export const goOnFromCursor = defineStatement<[shard: number]>({
  name: 'go_on_from_cursor',
  text: (schema) => `
    insert into ${schema}.outbox_cursors
    select next.*
    from ${schema}.outbox_cursors as last
    cross join lateral jsonb_populate_record(last, jsonb_build_object(
      'part', ${schema}.outbox_part(),
      'number', last.number + 1,
      'next_due', ${nextDue(schema, 'last')},
      'parked', ${isParked(schema, 'last')}
    )) as next
    where last.shard = $1::int
      and last.number = (select max(cursor.number) from ${schema}.outbox_cursors as cursor where cursor.shard = $1::int)`,
});
