import type { Database } from '#postgres';
import { decodeRecordBatch, type LogRecord } from '#records';
import { SchemaCache, ValueDeserializer, type TopicDefinition } from '#schemas';
import type { FetchedPartition } from '#log';

/** Turns batches into records, and records into keys and values of a topic. */
export class RecordDecoder<Key, Value> {
  readonly #schemas: SchemaCache;
  readonly #deserializer: ValueDeserializer<Key, Value>;

  constructor(db: Database, topic: TopicDefinition<Key, Value>) {
    this.#schemas = new SchemaCache(db);
    this.#deserializer = new ValueDeserializer(topic);
  }

  /** The records of what was fetched, from `position` on. Control batches bear none for listeners. */
  records(fetched: FetchedPartition, position: bigint): LogRecord[] {
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

  key(record: LogRecord): Key | null {
    return this.#deserializer.deserializeKey(record.key);
  }

  /**
   * The record's value; null = a tombstone.
   *
   * @throws PostamtError INVALID_RECORD, UNKNOWN_SCHEMA_ID, SCHEMA_MISMATCH
   */
  async value(record: LogRecord): Promise<Value | null> {
    if (record.value === null) return null;
    const unknown = this.#deserializer.needs(record.value);
    const text =
      unknown === undefined ? '' : await this.#schemas.schemaText(unknown);
    return this.#deserializer.deserialize(record.value, () => text);
  }
}
