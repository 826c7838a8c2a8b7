import { Catalogue, describeTopic, fetch } from '#log';
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
  const { partitions } = await describeTopic(db, topicName);
  let open = partitions.map(({ index, logStartOffset }) => ({
    topic: topicName,
    partition: index,
    offset: logStartOffset,
  }));
  const read: PlacedRecord[][] = partitions.map(() => []);
  while (open.length > 0) {
    const page = open.slice(0, PARTITIONS_AT_ONCE);
    const fetched = await fetch(db, catalogue, page);
    const further = fetched.flatMap((answer) => {
      const { partition, batches, error, nextOffset, highWatermark } = answer;
      if (error) throw error;
      for (const { bytes } of batches)
        read[partition]?.push(...placed(bytes, partition));
      const isOpen = nextOffset < highWatermark;
      return isOpen
        ? [{ topic: topicName, partition, offset: nextOffset }]
        : [];
    });
    open = [...further, ...open.slice(PARTITIONS_AT_ONCE)];
  }
  return read.flat();
}

function placed(batch: Buffer, partition: number): PlacedRecord[] {
  const { records } = decodeRecordBatch(batch);
  return records.map((record) => ({ ...record, partition }));
}
