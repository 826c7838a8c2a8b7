import { Catalogue, fetch } from '#log';
import type { Database } from '#postgres';
import { decodeRecordBatch, type LogRecord } from '#records';

/** A record with the partition that it stands in. */
export interface PlacedRecord extends LogRecord {
  readonly partition: number;
}

/** Reads a whole topic from the bytes in its leaf, every CRC checked, in the order of partitions and offsets. */
export async function readLog(
  db: Database,
  topicName: string,
): Promise<PlacedRecord[]> {
  const catalogue = new Catalogue(db);
  const topic = await catalogue.topic(topicName);
  const records: PlacedRecord[] = [];
  for (const { index } of topic.partitions) {
    let offset = 0n;
    for (;;) {
      const request = { partition: index, offset };
      const [read] = await fetch(db, catalogue, topicName, [request]);
      if (!read || read.batches.length === 0) break;
      for (const { bytes, lastOffset } of read.batches) {
        for (const record of decodeRecordBatch(bytes).records) {
          records.push({ ...record, partition: index });
        }
        offset = lastOffset + 1n;
      }
    }
  }
  return records;
}
