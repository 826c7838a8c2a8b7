import { describe, expect, it } from '@jest/globals';
import { PostamtError } from '#kernel';
import { decodeRecordBatch } from '#records';
import { eventOf } from '../fixtures/event-of.js';
import { PartitionQueue } from './partition-queue.js';
import { Refusals } from './refusals.js';

const error = new PostamtError('MESSAGE_TOO_LARGE', 'too large');
const MOST = 100_000;

function queueOf(keys: readonly (string | null)[]) {
  const events = keys.map((key, index) => eventOf(index + 1, key));
  const refusals = new Refusals(events);
  const place = { topic: 'letters', topicNumber: 1, partition: 2 };
  return {
    queue: new PartitionQueue({ ...place, events }, refusals),
    refusals,
  };
}

/** The ids in the batch, by their timestamps. */
function idsIn(batch: Buffer | undefined): number[] {
  if (!batch) return [];
  return decodeRecordBatch(batch).records.map(({ timestamp }) => timestamp);
}

/** Sends until nothing waits; the broker takes a batch only without these. Returns the batches that were taken. */
function sendAll(queue: PartitionQueue, bad: readonly number[]): number[][] {
  const taken: number[][] = [];
  for (;;) {
    const ids = idsIn(queue.next(MOST, {}));
    if (ids.length === 0) return taken;
    if (ids.some((id) => bad.includes(id))) queue.reject(error, []);
    else {
      queue.accept(BigInt(taken.flat().length));
      taken.push(ids);
    }
  }
}

describe('PartitionQueue', () => {
  it('sends batches of so many bytes, one after the other', () => {
    const { queue } = queueOf(['a', 'b', 'c']);
    expect(idsIn(queue.next(1, {}))).toEqual([1]);
    expect(idsIn(queue.next(1, {}))).toEqual([1]);
    expect(queue.accept(10n)).toBe(1);
    expect(idsIn(queue.next(MOST, {}))).toEqual([2, 3]);
    expect(queue.accept(null)).toBe(2);
    expect(queue.next(MOST, {})).toBeUndefined();
    expect(queue.accepted).toEqual([
      { topicNumber: 1, partition: 2, baseOffset: 10n, ids: [1n] },
      { topicNumber: 1, partition: 2, baseOffset: null, ids: [2n, 3n] },
    ]);
  });

  it('writes what the batch’s header is to say', () => {
    const { queue } = queueOf(['a']);
    const options = { producerId: 5n, producerEpoch: 3, baseSequence: 8 };
    const batch = queue.next(MOST, { ...options, isTransactional: true });
    expect(decodeRecordBatch(batch as Buffer).header).toMatchObject({
      ...options,
      isTransactional: true,
    });
  });

  it('refuses the records that the broker names, and the later ones of their keys', () => {
    const { queue, refusals } = queueOf(['a', 'b', 'b', null, 'a']);
    queue.next(MOST, {});
    queue.reject(error, [1]);
    expect(idsIn(queue.next(MOST, {}))).toEqual([1, 4, 5]);
    expect(refusals.list.map(({ id }) => id)).toEqual([2n, 3n]);
  });

  it.each([[[3]], [[1]], [[8]], [[2, 7]], [[1, 2, 3, 4, 5, 6, 7, 8]]])(
    'finds the records %p at fault by halves where the broker names none',
    (bad) => {
      const { queue, refusals } = queueOf('a b c d e f g h'.split(' '));
      const taken = sendAll(queue, bad);
      const good = [1, 2, 3, 4, 5, 6, 7, 8].filter((id) => !bad.includes(id));
      expect(taken.flat()).toEqual(good);
      expect(refusals.list.map(({ id }) => Number(id))).toEqual(bad);
    },
  );

  it('refuses all that waits where the topic takes nothing', () => {
    const { queue, refusals } = queueOf(['a', 'b']);
    queue.rejectWhere(new Map([['parcels', error]]));
    expect(refusals.size).toBe(0);
    queue.rejectWhere(new Map([['letters', error]]));
    expect(queue.next(MOST, {})).toBeUndefined();
    expect(refusals.size).toBe(2);
  });
});
