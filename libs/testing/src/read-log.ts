import { Catalogue, fetch } from '#log';
import type { Database } from '#postgres';
import { decodeRecordBatch, type LogRecord } from '#records';

/** How many partitions are read in one statement. */
const PARTITIONS_AT_ONCE = 100;

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
  const read: PlacedRecord[][] = topic.partitions.map(() => []);
  let open = topic.partitions.map(({ index }) => ({
    partition: index,
    offset: 0n,
  }));
  while (open.length > 0) {
    const page = open.slice(0, PARTITIONS_AT_ONCE);
    const fetched = await fetch(db, catalogue, topicName, page);
    const further = fetched.flatMap(({ partition, batches }) => {
      for (const { bytes } of batches)
        read[partition]?.push(...placed(bytes, partition));
      const last = batches.at(-1);
      return last ? [{ partition, offset: last.lastOffset + 1n }] : [];
    });
    open = [...further, ...open.slice(PARTITIONS_AT_ONCE)];
  }
  return read.flat();
}

function placed(batch: Buffer, partition: number): PlacedRecord[] {
  const { records } = decodeRecordBatch(batch);
  return records.map((record) => ({ ...record, partition }));
}
