import { defineStatement } from '#postgres';
import type { LastDelivery } from '../sink/sink.js';

/** The delivery that was begun last. */
export const lastDelivery = defineStatement<[], LastDelivery>({
  name: 'last_delivery',
  text: (schema) => `
    select
      last.number,
      (
        select begun.ids from ${schema}.outbox_deliveries as begun
        where begun.number = last.number order by begun.done limit 1
      ) as ids,
      exists (
        select from ${schema}.outbox_deliveries as ended where ended.number = last.number and ended.done
      ) as done
    from (select max(number) as number from ${schema}.outbox_deliveries) as last
    where last.number is not null`,
  mapRow: (row) => ({
    number: BigInt(row.number as string),
    ids: (row.ids as string[]).map(BigInt),
    done: row.done as boolean,
  }),
});

/** Notes that events are about to be sent; the lock of the sink is held. $1 ids. */
export const beginDelivery = defineStatement<[ids: readonly bigint[]], bigint>({
  name: 'begin_delivery',
  text: (schema) => `
    insert into ${schema}.outbox_deliveries (number, done, ids)
    select coalesce(max(number), 0) + 1, false, $1::bigint[] from ${schema}.outbox_deliveries
    returning number`,
  mapRow: (row) => BigInt(row.number as string),
});

/** Notes, in the move's transaction, that a delivery was. $1 number. */
export const endDelivery = defineStatement<[number: bigint]>({
  name: 'end_delivery',
  text: (schema) =>
    `insert into ${schema}.outbox_deliveries (number, done, ids) values ($1, true, '{}')`,
});
