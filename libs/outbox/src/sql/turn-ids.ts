import { defineStatement } from '#postgres';

/** How old the current generation of chosen ids is, and which one it is. */
export const readIdGeneration = defineStatement<
  [],
  { number: bigint; ageMs: number }
>({
  name: 'read_id_generation',
  text: (schema) => `
    select generation.number, (extract(epoch from clock_timestamp() - generation.opened_at) * 1000)::bigint as age
    from ${schema}.outbox_id_generations as generation
    order by generation.number desc limit 1`,
  mapRow: (row) => ({
    number: BigInt(row.number as string),
    ageMs: Number(row.age),
  }),
});

/** The table of a generation, locked against everybody. */
export function lockGeneration(schema: string, number: bigint): string {
  return `lock table ${schema}.outbox_event_ids_${number % 3n} in access exclusive mode`;
}

/** Empties the table that a generation is to use: that of the third before it. */
export function truncateGeneration(schema: string, number: bigint): string {
  return `truncate ${schema}.outbox_event_ids_${number % 3n}`;
}

/** Notes that a generation may begin. $1 its number. */
export const openGeneration = defineStatement<[number: bigint]>({
  name: 'open_id_generation',
  text: (schema) =>
    `insert into ${schema}.outbox_id_generations (number) values ($1)`,
});

/** Lets the generation begin that was opened last; forgets the earlier ones. It cannot be undone by a rollback. */
export const enterGeneration = defineStatement<[]>({
  name: 'enter_id_generation',
  text: (schema) => `
    select setval('${schema}.outbox_id_generation', opened.number)
    from (select max(number) as number from ${schema}.outbox_id_generations) as opened,
      ${schema}.outbox_id_generation as used
    where opened.number > used.last_value`,
});
