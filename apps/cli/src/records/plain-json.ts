import { isUtf8 } from 'node:buffer';

/** Bytes as JSON has them: the text that they are, or else base64; null stays null. */
export type PlainBytes = string | null | { readonly base64: string };

/** Shows bytes of which nobody says what they are. */
export function plainBytes(bytes: Buffer | null): PlainBytes {
  if (bytes === null) return null;
  return isUtf8(bytes)
    ? bytes.toString()
    : { base64: bytes.toString('base64') };
}

/** A decoded Avro value as JSON can bear it: Avro's bytes as base64, and numbers that JSON lacks as their names. */
export function plainJson(value: unknown): unknown {
  if (Buffer.isBuffer(value)) return { base64: value.toString('base64') };
  if (typeof value === 'number' && !Number.isFinite(value))
    return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(plainJson);
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, plainJson(part)]),
  );
}
