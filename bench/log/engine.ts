import { Producer, type AnyTopic, type ProducerOptions } from '#client';
import { Catalogue, fetch } from '#log';
import type { Database } from '#postgres';
import { decodeRecordBatch } from '#records';
import type { Bench } from '../bench.ts';

/** Acknowledged when it is flushed here; nothing waits for company. */
export const AT_ONCE: ProducerOptions = { acks: 1, lingerMs: 0 };
/** The same, in large batches. */
export const BULK: ProducerOptions = {
  acks: 1,
  lingerMs: 5,
  batchSize: 500_000,
  maxRequestSize: 4_000_000,
};

/** A producer that can write to the topics, which are made where they do not exist. */
export async function openProducer(
  db: Database,
  topics: readonly AnyTopic[],
  options = AT_ONCE,
): Promise<Producer> {
  return Producer.open(db, topics, options);
}

const MAX_PARTITION_BYTES = 1_048_576;

interface Position {
  readonly partition: number;
  readonly offset: bigint;
}

/** Reads a whole topic and decodes every record, the next page being read while one is decoded; returns how many. */
export async function readAndDecode(
  bench: Bench,
  topic: string,
): Promise<number> {
  const catalogue = new Catalogue(bench.db);
  const { partitions } = await catalogue.topic(topic);
  const counts = await Promise.all(
    [0, 1].map(async (half) => {
      const positions = partitions
        .filter(({ index }) => index % 2 === half)
        .map(({ index }) => ({ partition: index, offset: 0n }));
      return readPositions(bench, catalogue, { topic, positions });
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

async function readPositions(
  bench: Bench,
  catalogue: Catalogue,
  from: { readonly topic: string; readonly positions: readonly Position[] },
): Promise<number> {
  let { positions } = from;
  let count = 0;
  while (positions.length > 0) {
    const asked = positions.map((position) => ({
      ...position,
      topic: from.topic,
      maxBytes: MAX_PARTITION_BYTES,
    }));
    const fetched = await fetch(bench.db, catalogue, asked);
    const next: Position[] = [];
    for (const answer of fetched) {
      const { partition, batches, error, nextOffset, highWatermark } = answer;
      if (error) throw error;
      for (const { bytes } of batches)
        count += decodeRecordBatch(bytes, { checkCrc: false }).records.length;
      if (nextOffset < highWatermark)
        next.push({ partition, offset: nextOffset });
    }
    positions = next;
  }
  return count;
}
