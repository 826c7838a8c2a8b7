import { Listener, type BatchListenerOptions } from '#client';
import { sleep } from '#kernel';
import type { Bench } from '../bench.ts';

/** What is left to say of a listener that is measured. */
export type Measurable<Key, Value> = Omit<
  BatchListenerOptions<unknown, Key, Value>,
  'group' | 'onPartitionsAssigned'
>;

/** Records in one batch: what the producer of the bench makes, 500,000 bytes. */
export const BATCH_RECORDS = 5_000;

/**
 * How many seconds a listener of a new group takes for `count` records, from when it was given its partitions until the
 * offset of the last record is committed.
 */
export async function listenSeconds<Key, Value>(
  bench: Bench,
  count: number,
  options: Measurable<Key, Value>,
): Promise<number> {
  let began = 0;
  const listener = new Listener<unknown, Key, Value>(bench.db, {
    ...options,
    group: bench.newName('rate'),
    onPartitionsAssigned: () => {
      began ||= performance.now();
    },
  });
  await listener.start();
  while (listener.status.handled < count) {
    const { lastError } = listener.status;
    if (lastError !== undefined) throw new Error(lastError);
    await sleep(1);
  }
  const seconds = (performance.now() - began) / 1_000;
  const { handled } = listener.status;
  await listener.stop();
  if (handled !== count) throw new Error(`${handled} of ${count} handled`);
  return seconds;
}
