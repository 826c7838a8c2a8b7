import type { Database } from '#postgres';
import type { FetchMemory } from './fetch-memory.js';
import type { Reading } from './fetch-reading.js';
import { findSegments, type FoundSegment } from './sql/find-segments.js';

/**
 * Finds the segment of each reading that has none: one that was read before, the active one, or what the catalogue says.
 * A reading that is left without one needs its topic read again.
 */
export async function placeReadings(
  db: Database,
  memory: FetchMemory,
  readings: readonly Reading[],
): Promise<void> {
  const unknown = readings.filter(
    (reading) => !reading.segment && !placeByMemory(memory, reading),
  );
  if (unknown.length === 0) return;
  const found = await db.run(findSegments, [
    unknown.map(({ partitionId }) => partitionId),
    unknown.map(({ request }) => request.offset),
    unknown.map(({ behind }) => behind ?? null),
  ]);
  for (const segment of found)
    placeAt(memory, unknown[segment.position] as Reading, segment);
}

function placeByMemory(memory: FetchMemory, reading: Reading): boolean {
  const { topic, partitionId, behind, request } = reading;
  if (behind !== undefined) return false;
  const sealed = memory.sealedAt(partitionId, request.offset);
  if (sealed) reading.segment = sealed;
  else if (
    !memory.isBeforeActive(partitionId, topic.segmentNumber, request.offset)
  )
    reading.segment = { number: topic.segmentNumber, leaf: topic.leaf };
  return reading.segment !== undefined;
}

function placeAt(
  memory: FetchMemory,
  reading: Reading,
  found: FoundSegment,
): void {
  const { topic, partitionId } = reading;
  const { number, leaf, firstOffset, lastOffset } = found;
  // One that this process has not heard of: the topic has rolled.
  if (number > topic.segmentNumber) return;
  reading.segment = { number, leaf };
  // Nothing is left of what was before the first segment.
  if (firstOffset > reading.request.offset) reading.behind ??= number - 1;
  if (lastOffset !== null && lastOffset >= firstOffset)
    memory.rememberSealed(partitionId, {
      number,
      leaf,
      firstOffset,
      lastOffset,
    });
}
