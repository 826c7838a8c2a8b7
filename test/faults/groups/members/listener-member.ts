import type { Transaction } from 'kysely';
import {
  Listener,
  type BatchContext,
  type ListenerBase,
  type RecordContext,
} from '#client';
import { PostamtError, sleep } from '#kernel';
import type { GivenRecord, Lane } from '../group-history.js';
import { letters } from '../letters.js';
import { idOf } from '../read-ledger.js';
import type { Member, MemberParts } from './member.js';
import { PACE } from './member-order.js';

interface Tables {
  'public.effects': {
    group_name: string;
    topic: string;
    partition: number;
    record_offset: string;
    id: string;
    who: string;
  };
}

const BACK_OFF_MS = 50;
const FAILS_ONCE_IN = 200;

type Letter = { readonly n: number };
type Context = RecordContext<Tables, string>;

/** A member that is a listener. */
export class ListenerMember implements Member {
  readonly #parts: MemberParts;
  readonly #listener: Listener<Tables, string, Letter>;
  #stopped = false;

  constructor(parts: MemberParts) {
    this.#parts = parts;
    const { kind } = parts.order;
    const isBatch = kind === 'plain batch' || kind === 'transactional batch';
    const base = this.#base();
    this.#listener = new Listener<Tables, string, Letter>(
      parts.db,
      isBatch
        ? { ...base, batchHandler: (_, batch) => this.#handleBatch(batch) }
        : { ...base, handler: (_, record) => this.#handle([record]) },
    );
  }

  /** The server may be away. */
  async start(): Promise<void> {
    while (!this.#stopped) {
      try {
        return await this.#listener.start();
      } catch (error) {
        this.#parts.book.note(`start: ${String(error)}`);
        if (!(error instanceof PostamtError && error.retriable)) throw error;
        await sleep(BACK_OFF_MS);
      }
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#listener.stop();
  }

  get #isTransactional(): boolean {
    return this.#parts.order.kind.startsWith('transactional');
  }

  #base(): ListenerBase<string, Letter> {
    const { order, book } = this.#parts;
    const { kind, group, instanceId } = order;
    const say = (what: string) => (partitions: readonly object[]) =>
      book.note(`${what} ${JSON.stringify(partitions)}`);
    return {
      topic: letters,
      group,
      ...PACE,
      clientId: book.who,
      ...(instanceId !== undefined && { groupInstanceId: instanceId }),
      transactional: this.#isTransactional,
      concurrency: 4,
      ordering: kind === 'by key' ? 'key' : 'partition',
      maxPollRecords: 20,
      pollIntervalMs: 1_000,
      onPartitionsAssigned: say('assigned'),
      onPartitionsRevoked: say('revoked'),
      onPartitionsLost: say('lost'),
    };
  }

  async #handleBatch(batch: BatchContext<Tables, string>): Promise<void> {
    await this.#handle(batch.records);
  }

  async #handle(records: readonly Context[]): Promise<void> {
    const { book, hand, order } = this.#parts;
    const [first] = records as [Context];
    const { topic, partition } = first;
    const lane = { group: order.group, topic, partition };
    const ordering = order.kind === 'by key' ? 'key' : 'partition';
    const work = book.begin(lane, records.map(givenOf), ordering);
    if (this.#isTransactional) await this.#insert(first.tx, lane, records);
    await hand.workOrFail(FAILS_ONCE_IN);
    book.end(work);
  }

  async #insert(
    tx: Transaction<Tables>,
    { group, topic, partition }: Lane,
    records: readonly Context[],
  ): Promise<void> {
    const { who } = this.#parts.book;
    const effects = records.map(({ offset, headers }) => ({
      group_name: group,
      topic,
      partition,
      record_offset: String(offset),
      id: idOf(headers),
      who,
    }));
    await tx.insertInto('public.effects').values(effects).execute();
  }
}

function givenOf({ offset, key, headers }: Context): GivenRecord {
  return { offset, key, id: idOf(headers) };
}
