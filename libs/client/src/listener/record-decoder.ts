import type { FetchedPartition } from '#log';
import type { Database } from '#postgres';
import { decodeRecordBatch, type LogRecord } from '#records';
import { SchemaCache, ValueDeserializer, type TopicDefinition } from '#schemas';

/** What stands in for a value whose writer's schema has to be read first. */
export const UNDECODED = Symbol('undecoded');

/** Turns batches into records, and records into keys and values of a topic. */
export class RecordDecoder<Key, Value> {
  readonly #schemas: SchemaCache;
  readonly #deserializer: ValueDeserializer<Key, Value>;

  constructor(db: Database, topic: TopicDefinition<Key, Value>) {
    this.#schemas = new SchemaCache(db);
    this.#deserializer = new ValueDeserializer(topic);
  }

  /** The records of what was fetched, from `position` on. Control batches bear none for listeners. */
  records(
    fetched: Pick<FetchedPartition, 'batches'>,
    position: bigint,
  ): LogRecord[] {
    const records: LogRecord[] = [];
    for (const { bytes } of fetched.batches) {
      // The log checked the CRC when it read the batch.
      const batch = decodeRecordBatch(bytes, { checkCrc: false });
      if (batch.header.isControl) continue;
      for (const record of batch.records) {
        if (record.offset >= position) records.push(record);
      }
    }
    return records;
  }

  /** Reads the schema that the record was written with; undefined where it is known, and there is nothing to wait for. */
  learn({ value }: Pick<LogRecord, 'value'>): Promise<unknown> | undefined {
    const unknown =
      value === null ? undefined : this.#deserializer.needs(value);
    return unknown === undefined
      ? undefined
      : this.#schemas.schemaText(unknown);
  }

  key(record: Pick<LogRecord, 'key'>): Key | null {
    return this.#deserializer.deserializeKey(record.key);
  }

  /**
   * The record's value without any wait; null = a tombstone, {@link UNDECODED} where its writer's schema is not known
   * yet: {@link RecordDecoder.value} reads it, and each schema but once.
   *
   * @throws PostamtError INVALID_RECORD, SCHEMA_MISMATCH
   */
  valueNow({
    value,
  }: Pick<LogRecord, 'value'>): Value | null | typeof UNDECODED {
    if (value === null) return null;
    try {
      return this.#deserializer.deserialize(value, refuseLookup);
    } catch (error) {
      if (error === UNDECODED) return UNDECODED;
      throw error;
    }
  }

  /**
   * The record's value; null = a tombstone.
   *
   * @throws PostamtError INVALID_RECORD, UNKNOWN_SCHEMA_ID, SCHEMA_MISMATCH
   */
  async value(record: Pick<LogRecord, 'value'>): Promise<Value | null> {
    if (record.value === null) return null;
    const unknown = this.#deserializer.needs(record.value);
    const text =
      unknown === undefined ? '' : await this.#schemas.schemaText(unknown);
    return this.#deserializer.deserialize(record.value, () => text);
  }
}

function refuseLookup(): never {
  // oxlint-disable-next-line typescript/only-throw-error -- a sign to the one caller, without the cost of a stack
  throw UNDECODED;
}
