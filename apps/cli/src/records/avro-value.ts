import type { AvroCodec } from '#schemas';

/**
 * A value as JSON bears it, as its schema takes it: the reverse of what `consume --json` prints. Bytes stand in JSON as
 * `{ "base64": … }`; where the value goes with the schema as it is (a map may have a key of that name), it stays.
 * Whether the outcome goes with the schema is not said here.
 */
export function avroValue(codec: AvroCodec, json: unknown): unknown {
  return codec.findMismatch(json) === undefined ? json : withBytes(json);
}

/** The bytes of `{ "base64": … }`, and undefined for anything else. */
export function bytesOf(json: unknown): Buffer | undefined {
  if (typeof json !== 'object' || json === null) return undefined;
  const { base64, ...rest } = json as { base64?: unknown };
  if (typeof base64 !== 'string' || Object.keys(rest).length > 0)
    return undefined;
  const bytes = Buffer.from(base64, 'base64');
  // What is no base64 is passed over in decoding.
  return bytes.toString('base64') === base64 ? bytes : undefined;
}

function withBytes(json: unknown): unknown {
  if (typeof json !== 'object' || json === null) return json;
  if (Array.isArray(json)) return json.map(withBytes);
  return (
    bytesOf(json) ??
    Object.fromEntries(
      Object.entries(json).map(([key, part]) => [key, withBytes(part)]),
    )
  );
}
