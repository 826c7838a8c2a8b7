import type { ClusterRecord } from './cluster-reader.ts';

/** What was found in a topic. */
export interface Judgement {
  readonly records: number;
  readonly duplicates: number;
  /** What must not be, in words. */
  readonly faults: readonly string[];
}

/**
 * Compares the records of a topic, partition by partition in the order of their offsets, with the versions that have
 * committed: each once, in order per key. A record is a duplicate where its header `id` has been seen.
 */
export function judgeRecords(
  records: readonly ClusterRecord[],
  versions: ReadonlyMap<string, number>,
): Judgement {
  const seen = new Set<string>();
  const reached = new Map<string, number>();
  const faults: string[] = [];
  for (const record of records) {
    const id = headerOf(record, 'id');
    if (seen.has(id)) continue;
    seen.add(id);
    const key = String(record.key);
    const version = Number(headerOf(record, 'version'));
    const expected = (reached.get(key) ?? 0) + 1;
    if (version !== expected) {
      faults.push(
        `${record.topic}-${record.partition} at ${record.offset}: ${key} is at version ${version}, not ${expected}`,
      );
    }
    reached.set(key, version);
  }
  for (const [key, version] of versions) {
    const last = reached.get(key) ?? 0;
    if (last !== version)
      faults.push(`${key} ends at version ${last}, and ${version} committed`);
  }
  return {
    records: records.length,
    duplicates: records.length - seen.size,
    faults,
  };
}

/** Throws where there are faults, with some of them. */
export function requireNoFaults({ faults }: Judgement): void {
  if (faults.length === 0) return;
  const shown = faults.slice(0, 10).join('\n');
  throw new Error(`${faults.length} faults:\n${shown}`);
}

function headerOf({ headers }: ClusterRecord, name: string): string {
  return String(headers.find(({ key }) => key === name)?.value);
}
