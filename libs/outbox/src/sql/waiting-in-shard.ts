/** When the next of those that wait in the shard of `cursor`, a row with a cursor's columns, is due. */
export function nextDue(schema: string, cursor: string): string {
  return `
    least(
      (
        select delayed.due_at from ${schema}.outbox_delayed as delayed
        where delayed.shard = ${cursor}.shard and (delayed.due_at, delayed.id) > (${cursor}.due_at, ${cursor}.due_id)
        order by delayed.due_at, delayed.id limit 1
      ),
      (
        select parked.next_attempt_at from ${schema}.outbox_parked_keys as parked
        where parked.shard = ${cursor}.shard and parked.next_attempt_at is not null
        order by parked.next_attempt_at limit 1
      )
    )`;
}

/** Whether keys are parked in the shard of `cursor`. */
export function isParked(schema: string, cursor: string): string {
  return `exists (select from ${schema}.outbox_parked_keys as parked where parked.shard = ${cursor}.shard)`;
}
