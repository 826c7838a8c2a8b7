import type { ProducerRecord } from '#client';
import type { TopicDefinition } from '#schemas';
import type { Bench } from '../bench.ts';
import { BULK, openProducer } from '../log/engine.ts';

const PAGE_RECORDS = 5_000;
/** Pages that are under way at once. */
const PAGES_IN_FLIGHT = 6;
/** Pages that are made once and sent again and again. */
const PAGES = 12;

/** Produces `count` records in large batches, as a producer under load makes them. */
export async function fill<Key, Input>(
  bench: Bench,
  topic: TopicDefinition<Key, unknown, Input>,
  {
    count,
    record,
  }: { count: number; record: (n: number) => ProducerRecord<Key, Input> },
): Promise<void> {
  const producer = await openProducer(bench.db, [topic], BULK);
  const pages = Array.from({ length: PAGES }, (_, page) =>
    Array.from({ length: PAGE_RECORDS }, (__, n) =>
      record(page * PAGE_RECORDS + n),
    ),
  );
  let next = 0;
  const work = async () => {
    while (next < count) {
      const page = pages[(next / PAGE_RECORDS) % PAGES] ?? [];
      next += PAGE_RECORDS;
      await producer.send(topic, page);
    }
  };
  await Promise.all(
    Array.from({ length: PAGES_IN_FLIGHT }, async () => work()),
  );
  await producer.close();
  if (next !== count) throw new Error(`${count} records are not whole pages`);
  await bench.db.query('vacuum analyze');
}
