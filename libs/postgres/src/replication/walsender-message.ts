import { formatLsn } from './lsn.js';

// Postgres docs, "Streaming Replication Protocol". Times are microseconds since 2000-01-01.
const XLOG_DATA = 0x77; // w: Int64 start, Int64 end of the WAL, Int64 time, then the plugin's bytes
const KEEPALIVE = 0x6b; // k: Int64 end of the WAL, Int64 time, Byte1 whether an answer is asked for
const STATUS = 0x72; // r: Int64 written, Int64 flushed, Int64 applied, Int64 time, Byte1 whether to answer
const XLOG_DATA_HEADER = 25;
const EPOCH_2000_MS = 946_684_800_000;

/** What a walsender says. */
export type WalsenderMessage =
  | { readonly kind: 'data'; readonly content: Buffer }
  /** Everything that was committed before `sentUpTo` has been sent before this. */
  | {
      readonly kind: 'keepalive';
      readonly sentUpTo: bigint;
      readonly wantsAnswer: boolean;
    }
  | { readonly kind: 'other' };

/** Reads what came in one CopyData. `content` is a view of it. */
export function readWalsenderMessage(chunk: Buffer): WalsenderMessage {
  if (chunk[0] === XLOG_DATA)
    return { kind: 'data', content: chunk.subarray(XLOG_DATA_HEADER) };
  if (chunk[0] !== KEEPALIVE) return { kind: 'other' };
  return {
    kind: 'keepalive',
    sentUpTo: chunk.readBigUInt64BE(1),
    wantsAnswer: chunk[17] === 1,
  };
}

/**
 * A Standby status update: everything before `lsn` is stored for good. The position itself, and not the next one: where a
 * COMMIT record begins just there, one byte more would have the server take it for stored.
 */
export function statusUpdate(lsn: bigint, askForAnswer: boolean): Buffer {
  const bytes = Buffer.alloc(34);
  bytes[0] = STATUS;
  for (const at of [1, 9, 17]) bytes.writeBigUInt64BE(lsn, at);
  bytes.writeBigUInt64BE(BigInt(Date.now() - EPOCH_2000_MS) * 1_000n, 25);
  bytes[33] = askForAnswer ? 1 : 0;
  return bytes;
}

/** From where to send, for START_REPLICATION: 0/0 = from what was confirmed last. */
export const FROM_CONFIRMED = formatLsn(0n);
