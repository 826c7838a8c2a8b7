import { performance } from 'node:perf_hooks';
import type { Consumer, ConsumerRecord } from '#client';
import type { Reading } from '../records/start-offset.js';
import type { Progress } from './progress.js';

/** What is read. */
export interface ConsumerLoad {
  readonly topic: string;
  readonly readings: readonly Reading[];
  /** Read so many, and wait for those that are not there yet; what stood there at first where it is left out. */
  readonly records?: number;
  /** For how long is waited without getting any. */
  readonly timeoutMs: number;
}

type BytesConsumer = Consumer<Buffer, Buffer>;

/** So often is looked whether somebody wants an end. */
const POLL_MS = 500;

/**
 * Reads until there is enough, nothing comes any more, or somebody stops it.
 *
 * @returns whether it had enough
 */
export async function readAll(
  consumer: BytesConsumer,
  load: ConsumerLoad,
  { progress, stop }: { progress: Progress; stop: AbortSignal },
): Promise<boolean> {
  const { topic, readings, records: wanted = Infinity, timeoutMs } = load;
  const places = readings.map(({ partition }) => ({
    topic,
    partition: partition.index,
  }));
  consumer.assign(places);
  for (const [n, place] of places.entries())
    consumer.seek(place, readings[n]?.offset as bigint);
  let lastAt = performance.now();
  while (!stop.aborted && progress.records < wanted) {
    if (wanted === Infinity && (await isAtEnd(consumer, load))) return true;
    const records = await consumer.poll(Math.min(POLL_MS, timeoutMs));
    const now = performance.now();
    if (records.length > 0) lastAt = now;
    else if (now - lastAt >= timeoutMs) return false;
    const enough = records.slice(0, wanted - progress.records);
    progress.add(enough.length, bytesOf(enough));
  }
  return true;
}

/** Whether all is read that stood in the partitions when they were described. */
async function isAtEnd(
  consumer: BytesConsumer,
  { topic, readings }: ConsumerLoad,
): Promise<boolean> {
  for (const { partition } of readings) {
    const place = { topic, partition: partition.index };
    const position = await consumer.position(place);
    if (position < partition.logEndOffset) return false;
  }
  return true;
}

function bytesOf(records: readonly ConsumerRecord<Buffer, Buffer>[]): number {
  let bytes = 0;
  for (const { key, value } of records)
    bytes += (key?.length ?? 0) + (value?.length ?? 0);
  return bytes;
}
