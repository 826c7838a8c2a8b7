import { randomBytes } from 'node:crypto';
import {
  rawTopic,
  type Producer,
  type ProducerRecord,
  type RawTopic,
} from '#client';
import { secondsOf } from '../timing.ts';
import type { Bench } from '../bench.ts';

export const PARTITIONS = 6;
export const VALUE_BYTES = 100;

const PAGE_RECORDS = 5_000;
const PAGES = 12;
/** Pages that are under way at once: some are encoded while others are written; fewer leave the thread idle. */
const PAGES_IN_FLIGHT = 6;

/** A topic of bytes as they are: a value of 100 bytes is 100 bytes in the batch. */
export type BytesTopic = RawTopic;

/** What is produced again and again; records of 100 bytes with keys of 10. */
export interface Load {
  readonly pages: readonly (readonly ProducerRecord<Buffer, Buffer>[])[];
}

export function bytesTopic(name: string, partitions = PARTITIONS): BytesTopic {
  return rawTopic(name, { partitions });
}

/** Bytes that no compression makes smaller. */
export function randomLoad(): Load {
  return loadOf(() => randomBytes(VALUE_BYTES));
}

/** Small documents as applications write them: the same names, a few states, ids and times that differ. */
export function jsonLoad(): Load {
  const states = ['Submitted', 'Accepted', 'Dispatched', 'Resolved'];
  return loadOf((n) =>
    Buffer.from(
      JSON.stringify({
        id: `incident-${(n * 7919) % 1_000_000}`,
        status: states[n % 4],
        at: new Date(1.7e12 + n * 911).toISOString(),
        by: `user-${(n * 31) % 977}`,
      }),
    ),
  );
}

/** How many records a second come into the topic's log, from the first call to the last acknowledgement. */
export async function produceRate(
  producer: Producer,
  topic: BytesTopic,
  load: Load,
  count: number,
): Promise<number> {
  let next = 0;
  const work = async () => {
    while (next < count) {
      const page = load.pages[(next / PAGE_RECORDS) % PAGES] ?? [];
      next += PAGE_RECORDS;
      await producer.send(topic, page);
    }
  };
  const workers = Array.from({ length: PAGES_IN_FLIGHT }, () => work);
  const seconds = await secondsOf(() =>
    Promise.all(workers.map(async (act) => act())),
  );
  return next / seconds;
}

/** A leaf's name with its schema; topics of the bench have one leaf unless they roll. */
export async function leavesOf(bench: Bench, topic: string): Promise<string[]> {
  const { schema } = bench.db;
  const { rows } = await bench.db.query(
    `select segment.leaf from ${schema}.segments as segment
    join ${schema}.topics as topic on topic.number = segment.topic_number
    where topic.name = $1 order by segment.number`,
    [topic],
  );
  return rows.map((row) => `${schema}.${String(row.leaf)}`);
}

/** Gives the space of a measured topic back; nobody reads it any more. */
export async function truncateTopic(
  bench: Bench,
  topic: string,
): Promise<void> {
  for (const leaf of await leavesOf(bench, topic))
    await bench.db.query(`truncate ${leaf}`);
}

function loadOf(value: (n: number) => Buffer): Load {
  const pages = Array.from({ length: PAGES }, (_, page) =>
    Array.from({ length: PAGE_RECORDS }, (_, n) => {
      const number = page * PAGE_RECORDS + n;
      return { key: keyOf(number), value: value(number) };
    }),
  );
  return { pages };
}

/** Ten bytes; neighbours have nothing in common but the first. */
function keyOf(n: number): Buffer {
  return Buffer.from(`k${String((n * 7919) % 1e9).padStart(9, '0')}`);
}
