import type { Database } from 'postamt/engine';
import { checkHistory, readLog, type PlacedRecord } from 'postamt/testing';
import { incidents } from '../desk/incidents.topic.js';
import type { LogFigures } from './log-figures.js';

/** Before the value of a record: a zero, and four bytes of the schema's id. */
const WIRE_PREFIX_BYTES = 5;

/**
 * Reads the whole topic from the bytes in its leaf, every CRC checked, and holds it against what was committed: each
 * change once, those of an incident in one partition and in their order, offsets without gap.
 *
 * @param committed the changes that were committed: the `seq`s of each incident
 */
export async function readLogFigures(
  db: Database,
  committed: ReadonlyMap<string, readonly number[]>,
): Promise<LogFigures> {
  const placed = await readLog(db, incidents.name);
  const records = Array.from({ length: incidents.partitions }, () => 0);
  for (const { partition } of placed)
    records[partition] = (records[partition] ?? 0) + 1;
  const log = placed.map((record) => ({
    partition: record.partition,
    offset: record.offset,
    id: changeId(...changeOf(record)),
  }));
  const events = [...committed].flatMap(([key, seqs]) =>
    seqs.map((version) => ({ id: changeId(key, version), key, version })),
  );
  const violations = checkHistory({ committed: events, log }).map(
    ({ rule, detail }) => `${rule}: ${detail}`,
  );
  return { records, violations };
}

function changeOf({ key, value }: PlacedRecord): [string, number] {
  if (!key || !value) return ['', -1];
  const { seq } = incidents.valueCodec.decode(value, WIRE_PREFIX_BYTES);
  return [key.toString(), seq];
}

function changeId(incident: string, seq: number): string {
  return `${incident} change ${seq}`;
}
