import type { Bench } from '../bench.ts';
import { BULK, openProducer } from './engine.ts';
import { compared, type Figure } from '../figure.ts';
import { bytesTopic, leavesOf, produceRate, randomLoad } from './load.ts';

const RECORDS = 1_000_000;

/** What a record takes on disk, leaf, TOAST, index and maps together, against the bytes that the producer encoded. */
export async function bytesOnDisk(bench: Bench): Promise<Figure[]> {
  const count = bench.scaled(RECORDS);
  const topic = bytesTopic('stored');
  const producer = await openProducer(bench.db, [topic], BULK);
  await produceRate(producer, topic, randomLoad(), count);
  await producer.close();
  let [disk, encoded, batches] = [0, 0, 0];
  for (const leaf of await leavesOf(bench, topic.name)) {
    const { rows } = await bench.db.query(
      `select pg_total_relation_size('${leaf}')::float8 as disk,
        sum(octet_length(batch))::float8 as encoded, count(*)::int as batches
      from ${leaf}`,
    );
    disk += rows[0]?.disk as number;
    encoded += rows[0]?.encoded as number;
    batches += rows[0]?.batches as number;
  }
  const average = Math.round(count / batches);
  return [
    compared({
      name: 'disk',
      what: `bytes on disk of a record, ${average} a batch`,
      against: 'its encoded size',
      measured: { ours: [disk / count], peer: [encoded / count] },
      show: (bytes) => `${bytes.toFixed(1)} B`,
      target: { atMost: 1.25 },
    }),
  ];
}
