import type { Transaction } from 'kysely';
import { PostamtError } from '#kernel';
import type { LogRecord, RecordHeader } from '#records';
import type { BatchContext, RecordContext } from './record-context.js';

const EVENT_ID_HEADER = 'id';

/** What the records of one chunk have in common. */
export interface ChunkPlace<DB, Key> {
  readonly topic: string;
  /** The partition's index in the topic. */
  readonly partition: number;
  /** Undefined in a listener that is not transactional; Kysely is made of it when a handler asks for it. */
  readonly tx: { readonly db: Transaction<DB> } | undefined;
  readonly decoder: { key(record: LogRecord): Key | null };
}

/** A record as a handler sees it. Made by the hundred thousand a second: nothing is worked out before it is asked for. */
export class ListenerRecord<DB, Key> implements RecordContext<DB, Key> {
  readonly #place: ChunkPlace<DB, Key>;
  readonly #record: LogRecord;
  #key: Key | null | undefined;

  constructor(place: ChunkPlace<DB, Key>, record: LogRecord) {
    this.#place = place;
    this.#record = record;
  }

  get topic(): string {
    return this.#place.topic;
  }

  get partition(): number {
    return this.#place.partition;
  }

  get offset(): bigint {
    return this.#record.offset;
  }

  get key(): Key | null {
    this.#key ??= this.#place.decoder.key(this.#record);
    return this.#key;
  }

  get timestamp(): number {
    return this.#record.timestamp;
  }

  get headers(): readonly RecordHeader[] {
    return this.#record.headers;
  }

  get eventId(): string | undefined {
    const { headers } = this.#record;
    const id = headers.find((header) => header.key === EVENT_ID_HEADER);
    return id?.value?.toString();
  }

  get tx(): Transaction<DB> {
    return this.#place.tx?.db ?? refuseTx();
  }
}

/** A batch as a handler sees it. */
export class ListenerBatch<DB, Key> implements BatchContext<DB, Key> {
  readonly #place: ChunkPlace<DB, Key>;
  readonly #logRecords: readonly LogRecord[];
  #records: readonly RecordContext<DB, Key>[] | undefined;

  constructor(place: ChunkPlace<DB, Key>, records: readonly LogRecord[]) {
    this.#place = place;
    this.#logRecords = records;
  }

  get topic(): string {
    return this.#place.topic;
  }

  get partition(): number {
    return this.#place.partition;
  }

  get records(): readonly RecordContext<DB, Key>[] {
    this.#records ??= this.#logRecords.map(
      (record) => new ListenerRecord(this.#place, record),
    );
    return this.#records;
  }

  get tx(): Transaction<DB> {
    return this.#place.tx?.db ?? refuseTx();
  }
}

function refuseTx(): never {
  throw new PostamtError(
    'NOT_SUPPORTED',
    'this listener is not transactional: its records bear no transaction; set transactional: true',
  );
}
