import { once } from 'node:events';
import { createReadStream, type ReadStream } from 'node:fs';
import { extname } from 'node:path';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

const GZIP_MAGIC = Buffer.from([0x1f, 0x8b]);

/** Small beside a file that gzip packed, so that the share that was read says how far its rows are. */
const PIECE_BYTES = 8_192;

/** A text being read. */
export interface OpenText {
  readonly text: Readable;
  /** How many bytes of the file were read, packed as they are. */
  readonly bytesRead: () => number;
}

/** Opens a file as UTF-8 text, unpacked where its name or its first bytes say that gzip packed it. */
export async function openText(file: string): Promise<OpenText> {
  const stream = createReadStream(file, { highWaterMark: PIECE_BYTES });
  const bytesRead = () => stream.bytesRead;
  if (!(await isGzip(stream, file)))
    return { text: stream.setEncoding('utf8'), bytesRead };
  // Errors of either come out of the iteration over the last.
  const unpacked = pipeline(stream, createGunzip(), () => {});
  return { text: unpacked.setEncoding('utf8'), bytesRead };
}

async function isGzip(stream: ReadStream, file: string): Promise<boolean> {
  await once(stream, 'readable');
  const head = stream.read() as Buffer | null;
  if (head) stream.unshift(head);
  if (extname(file) === '.gz') return true;
  return head?.subarray(0, 2).equals(GZIP_MAGIC) ?? false;
}
