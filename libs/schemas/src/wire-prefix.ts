import { PostamtError } from '#kernel';

/** One byte 0, then the schema id in four. */
export const WIRE_PREFIX_BYTES = 5;

const MAGIC_BYTE = 0;
const GREATEST_SCHEMA_ID = 0x7fff_ffff;

/** A record's value as it stands in the log, taken apart. */
export interface WireValue {
  readonly schemaId: number;
  /** The Avro behind the prefix: a view, not a copy. */
  readonly payload: Buffer;
}

/**
 * Writes the prefix into the first five bytes of `target`. Throws INVALID_VALUE for an id that is none.
 *
 * Source: Confluent Schema Registry, "Formats, Serializers, and Deserializers", section "Wire format": magic byte 0, a
 * 4-byte schema id in network byte order, the data.
 */
export function writeWirePrefix(target: Buffer, schemaId: number): void {
  if (!isSchemaId(schemaId))
    throw new PostamtError(
      'INVALID_VALUE',
      `A schema id is a whole number from 0 to ${GREATEST_SCHEMA_ID}, not ${schemaId}.`,
    );
  target[0] = MAGIC_BYTE;
  target.writeUInt32BE(schemaId, 1);
}

/**
 * Encoded Avro behind its prefix, in a new buffer. `ValueSerializer` does it without the copy.
 *
 * @example
 * encodeWithSchemaId(7, Buffer.from([0x02])); // <Buffer 00 00 00 00 07 02>
 */
export function encodeWithSchemaId(schemaId: number, payload: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(WIRE_PREFIX_BYTES + payload.length);
  writeWirePrefix(bytes, schemaId);
  payload.copy(bytes, WIRE_PREFIX_BYTES);
  return bytes;
}

/**
 * The schema id in a record's value. Throws INVALID_RECORD when it is shorter than the prefix, or does not begin with 0:
 * a producer sent it without a schema.
 */
export function readSchemaId(bytes: Buffer): number {
  if (bytes.length < WIRE_PREFIX_BYTES)
    throw notPrefixed(
      `it has ${bytes.length} bytes, and the prefix alone ${WIRE_PREFIX_BYTES}`,
    );
  if (bytes[0] !== MAGIC_BYTE)
    throw notPrefixed(`it begins with byte ${bytes[0]}, not ${MAGIC_BYTE}`);
  const schemaId = bytes.readUInt32BE(1);
  if (!isSchemaId(schemaId)) throw notPrefixed(`${schemaId} is no schema id`);
  return schemaId;
}

/**
 * A record's value taken apart. Throws INVALID_RECORD as {@link readSchemaId} does.
 *
 * @example
 * const { schemaId, payload } = readWirePrefix(record.value);
 */
export function readWirePrefix(bytes: Buffer): WireValue {
  const schemaId = readSchemaId(bytes);
  return { schemaId, payload: bytes.subarray(WIRE_PREFIX_BYTES) };
}

function isSchemaId(id: number): boolean {
  return Number.isInteger(id) && id >= 0 && id <= GREATEST_SCHEMA_ID;
}

function notPrefixed(reason: string): PostamtError {
  return new PostamtError(
    'INVALID_RECORD',
    `The value does not begin with a schema id: ${reason}. Its producer has to write Avro in Confluent's wire format.`,
  );
}
