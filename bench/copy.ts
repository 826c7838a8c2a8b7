import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ClientBase } from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';

/** The bytes of a binary COPY, as they came from the server. */
export async function copyBytes(
  client: ClientBase,
  source: string,
): Promise<Buffer[]> {
  const chunks: Buffer[] = [];
  await eachChunk(client, source, (chunk) => chunks.push(chunk));
  return chunks;
}

/** How many bytes a binary COPY out of `source` brings; they are read and let go. */
export async function copyOutSize(
  client: ClientBase,
  source: string,
): Promise<number> {
  let size = 0;
  await eachChunk(client, source, (chunk) => (size += chunk.length));
  return size;
}

/** One binary COPY into `table`, in one transaction. */
export async function copyIn(
  client: ClientBase,
  table: string,
  chunks: readonly Buffer[],
): Promise<void> {
  const stream = client.query(
    copyFrom(`copy ${table} from stdin (format binary)`),
  );
  await pipeline(Readable.from(chunks), stream);
}

async function eachChunk(
  client: ClientBase,
  source: string,
  see: (chunk: Buffer) => unknown,
): Promise<void> {
  const stream = client.query(
    copyTo(`copy ${source} to stdout (format binary)`),
  );
  for await (const chunk of stream) see(chunk as Buffer);
}
