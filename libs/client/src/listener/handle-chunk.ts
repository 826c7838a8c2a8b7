import { performance } from 'node:perf_hooks';
import type { Tx } from '#postgres';
import type { LogRecord } from '#records';
import { ChunkFailure } from './chunk-failure.js';
import type { CallClock, Lane } from './lane.js';
import type { BatchHandler, RecordHandler } from './listener-options.js';
import {
  ListenerBatch,
  ListenerRecord,
  type ChunkPlace,
} from './listener-record.js';
import { UNDECODED, type RecordDecoder } from './record-decoder.js';

/** How a listener handles records. */
export interface Handling<DB, Key, Value> {
  readonly topic: string;
  /** One of the two. */
  readonly handler?: RecordHandler<DB, Key, Value> | undefined;
  readonly batchHandler?: BatchHandler<DB, Key, Value> | undefined;
  readonly decoder: RecordDecoder<Key, Value>;
}

/** Records of a lane that are handled one after the other, or at once. */
export interface Chunk<DB> {
  readonly lane: Lane;
  readonly records: readonly LogRecord[];
  /** Undefined in a listener that is not transactional. */
  readonly tx: Tx<DB> | undefined;
  /** Told each time how many records are through. */
  readonly onHandled?: (count: number) => void;
}

/**
 * Hands the records of a chunk to the handler. It ends as soon as the lane is given up: a handler that hangs must not
 * hold up its listener, and what it does in the transaction then is refused.
 *
 * @throws ChunkFailure where a record cannot be decoded or the handler throws; the signal's reason
 */
export async function handleChunk<DB, Key, Value>(
  handling: Handling<DB, Key, Value>,
  chunk: Chunk<DB>,
): Promise<void> {
  const { lane } = chunk;
  const { giveUp } = lane;
  giveUp.throwIfAborted();
  const clock = { since: performance.now() };
  const acting = handleAll(handling, chunk, clock);
  lane.track(acting, clock);
  await orGivenUp(giveUp, acting);
}

/** Waits for `acting`, but no longer than until `giveUp` aborts. */
export async function orGivenUp(
  giveUp: AbortSignal,
  acting: Promise<void>,
): Promise<void> {
  const { promise: givenUp, reject } = Promise.withResolvers<never>();
  const abandon = () => reject(giveUp.reason as Error);
  giveUp.addEventListener('abort', abandon);
  try {
    await Promise.race([acting, givenUp]);
  } finally {
    giveUp.removeEventListener('abort', abandon);
  }
}

async function handleAll<DB, Key, Value>(
  handling: Handling<DB, Key, Value>,
  chunk: Chunk<DB>,
  clock: CallClock,
): Promise<void> {
  const { topic, decoder } = handling;
  const { partition } = chunk.lane.partition;
  const place = { topic, partition, tx: chunk.tx, decoder };
  if (handling.batchHandler)
    await handleBatch(handling.batchHandler, handling, chunk, place);
  else await handleEach(handling, chunk, place, clock);
}

/** Nothing is awaited that need not be: a handler that returns no promise costs no turn of the event loop. */
async function handleEach<DB, Key, Value>(
  { handler, decoder }: Handling<DB, Key, Value>,
  { lane, records, onHandled }: Chunk<DB>,
  place: ChunkPlace<DB, Key>,
  clock: CallClock,
): Promise<void> {
  for (const [at, record] of records.entries()) {
    try {
      lane.giveUp.throwIfAborted();
      let value = decoder.valueNow(record);
      if (value === UNDECODED) value = await decoder.value(record);
      const returned = handler?.(value, new ListenerRecord(place, record));
      if (isPromise(returned)) {
        await returned;
        clock.since = performance.now();
      }
    } catch (error) {
      throw new ChunkFailure(at, error);
    }
    onHandled?.(at + 1);
  }
}

async function handleBatch<DB, Key, Value>(
  handler: BatchHandler<DB, Key, Value>,
  { decoder }: Handling<DB, Key, Value>,
  { lane, records, onHandled }: Chunk<DB>,
  place: ChunkPlace<DB, Key>,
): Promise<void> {
  const values: (Value | null)[] = [];
  try {
    for (const record of records) {
      let value = decoder.valueNow(record);
      if (value === UNDECODED) value = await decoder.value(record);
      values.push(value);
    }
  } catch (error) {
    throw new ChunkFailure(values.length, error);
  }
  lane.giveUp.throwIfAborted();
  try {
    const returned = handler(values, new ListenerBatch(place, records));
    if (isPromise(returned)) await returned;
  } catch (error) {
    throw new ChunkFailure(0, error);
  }
  onHandled?.(records.length);
}

/** Not `instanceof`: a promise may be another library's, or of another realm. */
function isPromise(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof (value as PromiseLike<unknown> | undefined)?.then === 'function'
  );
}
