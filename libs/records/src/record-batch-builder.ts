import { PostamtError } from '#kernel';
import { BATCH_LAYOUT, MAX_BATCH_BYTES } from './batch-layout.js';
import { ByteWriter } from './byte-writer.js';
import { compressRecords, requireCompression } from './codecs.js';
import type { RecordInput } from './log-record.js';
import {
  batchSettings,
  type BatchSettings,
  type RecordBatchOptions,
} from './record-batch-options.js';
import { requireInteger } from './require-integer.js';
import { varintSize } from './varint-size.js';
import { writeBatchHeader } from './write-batch-header.js';
import {
  recordBodySize,
  writeRecord,
  type RecordDeltas,
} from './write-record.js';

const INITIAL_CAPACITY = 4096;
const GREATEST_DELTA = 2 ** 31 - 1;

/** {@link RecordBatchOptions} and how large a batch may grow. */
export interface RecordBatchBuilderOptions extends RecordBatchOptions {
  /** The most bytes of a batch before compression, header included; 2^31 - 1 unless given. */
  readonly maxBytes?: number;
}

/**
 * Builds a record batch record by record, each encoded as it comes. `build` may be called at any time after the first
 * record, also more than once: the bytes it returns are its caller's.
 *
 * The constructor throws INVALID_VALUE for options that a batch cannot hold and UNSUPPORTED_COMPRESSION_TYPE for a
 * compression that is none of Kafka's. Source: Kafka docs, Record Batch.
 *
 * @example
 * const builder = new RecordBatchBuilder({ compression: 'zstd', maxBytes: 1_048_576 });
 * while (next < records.length && builder.append(records[next])) next += 1;
 * await log.append(partition, builder.build());
 */
export class RecordBatchBuilder {
  readonly #settings: BatchSettings;
  readonly #maxBytes: number;
  readonly #keptLastDelta: number | undefined;
  readonly #writer = new ByteWriter(INITIAL_CAPACITY);
  #recordCount = 0;
  #lastDelta = -1;
  #baseTimestamp: number | undefined;
  #maxTimestamp = -1;

  constructor(options: RecordBatchBuilderOptions = {}) {
    const {
      maxBytes = MAX_BATCH_BYTES,
      lastOffsetDelta,
      ...settings
    } = options;
    this.#settings = batchSettings(settings);
    this.#baseTimestamp = this.#settings.deleteHorizonMs;
    requireCompression(this.#settings.compression);
    requireInteger('maxBytes', maxBytes, 1, MAX_BATCH_BYTES);
    this.#maxBytes = maxBytes;
    this.#keptLastDelta = lastOffsetDelta;
  }

  /** Records appended so far. */
  get recordCount(): number {
    return this.#recordCount;
  }

  /** Bytes of the batch before compression, header included: exact where the compression is `none`. */
  get sizeInBytes(): number {
    return BATCH_LAYOUT.records + this.#writer.length;
  }

  /**
   * Encodes one more record, or answers false and changes nothing where it would take the batch past `maxBytes`; the
   * first record always fits. `offsetDelta` is the next one unless given, and must rise (compaction leaves gaps).
   *
   * Throws INVALID_VALUE for a timestamp or an offset delta that a batch cannot hold, MESSAGE_TOO_LARGE for a first
   * record of more than 2 GiB.
   */
  append(record: RecordInput, offsetDelta = this.#lastDelta + 1): boolean {
    this.#requireRising(offsetDelta);
    const deltas = {
      timestamp: this.#timestampDelta(record.timestamp),
      offset: offsetDelta,
    };
    const bodySize = recordBodySize(record, deltas);
    const size = varintSize(bodySize) + bodySize;
    if (!this.#fits(size)) return false;
    this.#writer.reserve(size);
    writeRecord(this.#writer, record, deltas, bodySize);
    this.#count(record.timestamp, deltas);
    return true;
  }

  /**
   * The batch as bytes: records packed, header and CRC-32C written. Throws INVALID_VALUE where there is no record, or
   * where the option `lastOffsetDelta` is below the last record's; MESSAGE_TOO_LARGE where what was packed is over 2 GiB.
   */
  build(): Buffer {
    const lastOffsetDelta = this.#lastOffsetDelta();
    const { compression } = this.#settings;
    const packed = compressRecords(compression, this.#writer.written);
    const size = BATCH_LAYOUT.records + packed.length;
    if (size > MAX_BATCH_BYTES) throw tooLarge(size);
    const batch = Buffer.allocUnsafe(size);
    batch.set(packed, BATCH_LAYOUT.records);
    writeBatchHeader(batch, this.#settings, {
      recordCount: this.#recordCount,
      lastOffsetDelta,
      baseTimestamp: this.#baseTimestamp ?? -1,
      maxTimestamp: this.#maxTimestamp,
    });
    return batch;
  }

  #requireRising(offsetDelta: number): void {
    const next = this.#lastDelta + 1;
    if (offsetDelta === next && next <= GREATEST_DELTA) return;
    requireInteger('offsetDelta', offsetDelta, next, GREATEST_DELTA);
  }

  /** Deltas count from the delete horizon or the first record's timestamp, and are safe integers too. */
  #timestampDelta(timestamp: number): number {
    const delta = timestamp - (this.#baseTimestamp ?? timestamp);
    if (Number.isSafeInteger(timestamp) && Number.isSafeInteger(delta)) {
      return delta;
    }
    throw new PostamtError(
      'INVALID_VALUE',
      `The timestamp ${timestamp} is no whole number of milliseconds in the safe range; give Date.now() or the like.`,
    );
  }

  #fits(recordSize: number): boolean {
    const size = this.sizeInBytes + recordSize;
    if (this.#recordCount > 0) return size <= this.#maxBytes;
    if (size > MAX_BATCH_BYTES) throw tooLarge(size);
    return true;
  }

  #count(timestamp: number, deltas: RecordDeltas): void {
    if (this.#recordCount === 0) {
      this.#baseTimestamp ??= timestamp;
      this.#maxTimestamp = timestamp;
    } else if (timestamp > this.#maxTimestamp) {
      this.#maxTimestamp = timestamp;
    }
    this.#recordCount += 1;
    this.#lastDelta = deltas.offset;
  }

  /** The delta that the header says, once the batch is complete. */
  #lastOffsetDelta(): number {
    if (this.#recordCount === 0) {
      throw new PostamtError(
        'INVALID_VALUE',
        'A record batch needs at least one record; append one before build().',
      );
    }
    if (this.#keptLastDelta === undefined) return this.#lastDelta;
    requireInteger(
      'lastOffsetDelta',
      this.#keptLastDelta,
      this.#lastDelta,
      GREATEST_DELTA,
    );
    return this.#keptLastDelta;
  }
}

function tooLarge(size: number): PostamtError {
  return new PostamtError(
    'MESSAGE_TOO_LARGE',
    `A record batch of ${size} bytes is over Kafka's limit of ${MAX_BATCH_BYTES}; put less into it.`,
  );
}
