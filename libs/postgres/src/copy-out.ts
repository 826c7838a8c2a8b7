import type { ClientBase } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { PostamtError } from '#kernel';

/** The columns of one row, as the server's binary format has them; null is SQL's NULL. */
export type CopyRow = readonly (Buffer | null)[];

// COPY's binary format (Postgres docs, COPY, "Binary Format"): 11 bytes of signature, 4 of flags, a header extension
// with its length; then for each row a 16-bit count of fields, each with a 32-bit length (-1 = NULL); at the end -1.
const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');
const FLAGS_END = SIGNATURE.length + 8;

/**
 * Runs `COPY (select) TO STDOUT (FORMAT binary)` on a client that is not pipelined and returns its rows. COPY takes no
 * parameters: whoever builds `select` puts integers into it that the engine made, and nothing else.
 */
export async function copyOut(
  client: ClientBase,
  select: string,
): Promise<CopyRow[]> {
  const stream = client.query(
    copyTo(`copy (${select}) to stdout (format binary)`),
  );
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return parseCopy(Buffer.concat(chunks));
}

/** Parses a whole binary COPY. Fields are views of `bytes`. */
export function parseCopy(bytes: Buffer): CopyRow[] {
  if (!bytes.subarray(0, SIGNATURE.length).equals(SIGNATURE))
    throw malformed(0);
  if (bytes.length < FLAGS_END) throw malformed(bytes.length);
  const rows: CopyRow[] = [];
  let at = FLAGS_END + bytes.readUInt32BE(FLAGS_END - 4);
  for (;;) {
    if (at + 2 > bytes.length) throw malformed(at);
    const fieldCount = bytes.readInt16BE(at);
    at += 2;
    if (fieldCount === -1) return rows;
    if (fieldCount < 0) throw malformed(at - 2);
    const row: (Buffer | null)[] = [];
    for (let field = 0; field < fieldCount; field += 1) {
      if (at + 4 > bytes.length) throw malformed(at);
      const length = bytes.readInt32BE(at);
      at += 4;
      if (length < -1 || at + length > bytes.length) throw malformed(at - 4);
      row.push(length < 0 ? null : bytes.subarray(at, at + length));
      at += Math.max(length, 0);
    }
    rows.push(row);
  }
}

function malformed(at: number): PostamtError {
  return new PostamtError(
    'POSTGRES_UNAVAILABLE',
    `the answer to COPY broke off or is malformed at byte ${at}; try again`,
  );
}
