import type { PgoutputPlugin } from 'pg-logical-replication';
import { parseLsn } from './lsn.js';

/** The logical messages of one committed transaction, in their order. */
export interface StreamedTransaction {
  /** Where its COMMIT record begins: grows from each transaction to the next. */
  readonly commitLsn: bigint;
  /** Where its COMMIT record ends. */
  readonly endLsn: bigint;
  readonly messages: readonly Buffer[];
  /** Of the messages. */
  readonly bytes: number;
}

/** What `pgoutput` says, as pg-logical-replication reads it. */
export type PgoutputMessage = ReturnType<PgoutputPlugin['parse']>;

/** Puts the messages of a stream together to whole transactions, and counts what it holds. */
export class StreamedTransactions {
  readonly #prefix: string;
  #whole: StreamedTransaction[] = [];
  #open: Buffer[] | undefined;
  #bytes = 0;
  #openBytes = 0;

  /** @param prefix that of the messages that are kept; others are somebody else's */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** Whether nothing is held, not even the beginning of a transaction. */
  get isEmpty(): boolean {
    return this.#whole.length === 0 && !this.#open;
  }

  /** How many whole transactions are held. */
  get count(): number {
    return this.#whole.length;
  }

  /** Of all messages that are held. */
  get bytes(): number {
    return this.#bytes;
  }

  add(message: PgoutputMessage): void {
    if (message.tag === 'begin') {
      this.#open = [];
      this.#openBytes = 0;
    } else if (message.tag === 'message') this.#addMessage(message);
    else if (message.tag === 'commit') {
      this.#whole.push({
        commitLsn: parseLsn(message.commitLsn ?? ''),
        endLsn: parseLsn(message.commitEndLsn ?? ''),
        messages: this.#open ?? [],
        bytes: this.#openBytes,
      });
      this.#open = undefined;
    }
  }

  /** Whole transactions, the oldest first: as many as make up `mostBytes`, and one at least if there is one. */
  take(mostBytes: number): StreamedTransaction[] {
    let count = 0;
    let bytes = 0;
    for (const each of this.#whole) {
      if (count > 0 && bytes + each.bytes > mostBytes) break;
      bytes += each.bytes;
      count += 1;
    }
    this.#bytes -= bytes;
    return this.#whole.splice(0, count);
  }

  #addMessage(message: PgoutputMessage & { tag: 'message' }): void {
    if (!message.transactional || message.prefix !== this.#prefix) return;
    // The client's parser uses its buffer again.
    const content = Buffer.from(message.content);
    this.#open?.push(content);
    this.#openBytes += content.length;
    this.#bytes += content.length;
  }
}
