import type { ByteWriter } from './byte-writer.js';
import type { RecordHeader, RecordInput } from './log-record.js';
import { varintSize, varlongSize } from './varint-size.js';

/** What stands before a record's key: its distance from the batch's base timestamp and base offset. */
export interface RecordDeltas {
  readonly timestamp: number;
  readonly offset: number;
}

const NO_HEADERS: readonly RecordHeader[] = [];

/** Bytes of a record behind its length field; the grammar stands above {@link RecordReader}. */
export function recordBodySize(
  record: RecordInput,
  deltas: RecordDeltas,
): number {
  return (
    1 +
    varlongSize(deltas.timestamp) +
    varintSize(deltas.offset) +
    nullableSize(record.key) +
    nullableSize(record.value) +
    headersSize(record.headers ?? NO_HEADERS)
  );
}

/** Writes a record whose body has `bodySize` bytes; room for it and its length must be reserved. */
export function writeRecord(
  writer: ByteWriter,
  record: RecordInput,
  deltas: RecordDeltas,
  bodySize: number,
): void {
  const headers = record.headers ?? NO_HEADERS;
  writer.writeVarint(bodySize);
  writer.writeByte(0);
  writer.writeVarlong(deltas.timestamp);
  writer.writeVarint(deltas.offset);
  writer.writeNullableBytes(record.key);
  writer.writeNullableBytes(record.value);
  writer.writeVarint(headers.length);
  for (const header of headers) {
    writer.writeString(header.key);
    writer.writeNullableBytes(header.value);
  }
}

function nullableSize(bytes: Buffer | null): number {
  return bytes === null ? 1 : varintSize(bytes.length) + bytes.length;
}

function headersSize(headers: readonly RecordHeader[]): number {
  let size = varintSize(headers.length);
  for (const header of headers) {
    const keyLength = Buffer.byteLength(header.key);
    size += varintSize(keyLength) + keyLength + nullableSize(header.value);
  }
  return size;
}
