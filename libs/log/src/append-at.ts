import { PostamtError } from '#kernel';
import { bind, type BoundStatement, type Database } from '#postgres';
import { verifyBatch } from '#records';
import { afterAppend } from './after-append.js';
import { appendLocks, type PlannedAppend } from './append-plan.js';
import type { AppendRequest } from './append-request.js';
import type { Catalogue } from './catalogue.js';
import { explaining } from './explain-refusal.js';
import { appendAtOffset, noteEpoch, noteGap } from './sql/append-at.js';
import { partitionOf } from './topic.js';

/**
 * Appends batches as a leader has them, in one transaction: base offsets and leader epochs of their headers are kept, and
 * gaps (the leader's log was compacted) are allowed. The seam that replication between installations stands on.
 *
 * @throws PostamtError OFFSET_OUT_OF_RANGE for a batch that begins before the log's end; STALE_LEAF where the topic was
 * rolled meanwhile (reload and call again); CORRUPT_MESSAGE; INVALID_RECORD for a batch without a leader epoch
 */
export async function appendAt(
  db: Database,
  catalogue: Catalogue,
  requests: readonly AppendRequest[],
): Promise<void> {
  if (requests.length === 0) return;
  const plans: PlannedAppend[] = [];
  for (const { topic: name, partition, batch } of requests) {
    const topic = await catalogue.topic(name);
    const header = verifyBatch(batch);
    const place = partitionOf(topic, partition);
    requireEpoch(`${name}-${partition}`, header.partitionLeaderEpoch);
    plans.push({
      topic,
      partition: place,
      header,
      bytes: batch,
      logAppendTime: undefined,
    });
  }
  await explaining(db, plans, () =>
    db.fly((basis) => ({
      ...appendLocks(basis, plans),
      statements: plans.flatMap((plan) => statementsOf(plan, basis.timeline)),
    })),
  );
  afterAppend(db, catalogue, plans);
}

function statementsOf(plan: PlannedAppend, timeline: number): BoundStatement[] {
  const { topic, partition, header, bytes } = plan;
  const {
    baseOffset,
    partitionLeaderEpoch: leaderEpoch,
    lastOffsetDelta,
  } = header;
  const { producerId, producerEpoch, baseSequence } = header;
  return [
    bind(noteGap(topic.leaf), [partition.id, baseOffset]),
    bind(noteEpoch, [partition.id, leaderEpoch, baseOffset]),
    bind(appendAtOffset(topic.leaf), [
      partition.id,
      leaderEpoch,
      topic.segmentNumber,
      lastOffsetDelta,
      header.recordCount,
      header.maxTimestamp,
      header.attributes,
      bytes,
      timeline,
      producerId,
      producerEpoch,
      baseSequence,
      baseOffset,
    ]),
  ];
}

function requireEpoch(where: string, leaderEpoch: number): void {
  if (leaderEpoch >= 0) return;
  throw new PostamtError(
    'INVALID_RECORD',
    `a batch for ${where} has no leader epoch: only what a leader has appended can be copied`,
  );
}
