import type { BatchHeader } from './batch-header.js';
import { ByteCursor } from './byte-cursor.js';
import { invalidRecord } from './invalid-record.js';

/** The timestamps of a batch's records, in milliseconds. */
export interface TimestampRange {
  readonly minTimestamp: number;
  readonly maxTimestamp: number;
}

/**
 * Walks over the unpacked records of a producer's batch, whose grammar stands above {@link RecordReader}, without making
 * an object of them. Throws INVALID_RECORD unless they are what the header says: so many, at the offset deltas 0, 1, 2,
 * …, to the last byte.
 */
export class RecordScanner {
  readonly #cursor: ByteCursor;
  readonly #header: BatchHeader;
  readonly #requireKeys: boolean;

  constructor(records: Buffer, header: BatchHeader, requireKeys: boolean) {
    this.#cursor = new ByteCursor(records, invalidRecord);
    this.#header = header;
    this.#requireKeys = requireKeys;
  }

  scan(): TimestampRange {
    const { recordCount, baseTimestamp } = this.#header;
    let least = Infinity;
    let greatest = -Infinity;
    for (let index = 0; index < recordCount; index += 1) {
      const delta = this.#scanRecord(index);
      if (delta < least) least = delta;
      if (delta > greatest) greatest = delta;
    }
    const { remaining } = this.#cursor;
    if (remaining > 0) {
      throw invalidRecord(`${remaining} bytes follow its records`);
    }
    return {
      minTimestamp: requireSafe(baseTimestamp + least),
      maxTimestamp: requireSafe(baseTimestamp + greatest),
    };
  }

  /** The timestamp delta of the record at `index`. */
  #scanRecord(index: number): number {
    const cursor = this.#cursor;
    cursor.openRecord();
    cursor.skip(1);
    const timestampDelta = cursor.readVarlong();
    const offsetDelta = cursor.readVarint();
    if (offsetDelta !== index) {
      throw invalidRecord(
        `record ${index} has the offset delta ${offsetDelta}`,
      );
    }
    const keyLength = cursor.skipNullableBytes();
    if (keyLength === -1 && this.#requireKeys) {
      throw invalidRecord(`record ${index} has no key, in a compacted topic`);
    }
    cursor.skipNullableBytes();
    const headers = cursor.readVarint();
    if (headers !== 0) this.#scanHeaders(index, headers);
    cursor.closeRecord();
    return timestampDelta;
  }

  #scanHeaders(index: number, count: number): void {
    if (count < 0) throw invalidRecord(`record ${index} has ${count} headers`);
    for (let header = 0; header < count; header += 1) {
      this.#cursor.skip(this.#cursor.readVarint());
      this.#cursor.skipNullableBytes();
    }
  }
}

function requireSafe(timestamp: number): number {
  if (Number.isSafeInteger(timestamp)) return timestamp;
  throw invalidRecord(`the timestamp ${timestamp} is past the safe range`);
}
