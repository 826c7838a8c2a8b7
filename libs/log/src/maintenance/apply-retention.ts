import type { Tx } from '#postgres';
import { rollSegment } from '../roll-segment.js';
import {
  decideRetention,
  isActiveExpired,
  mayExceedBytes,
  type DueSegment,
  type PartitionBytes,
} from './decide-retention.js';
import { readTopicLog } from './read-topic-log.js';
import { runUnnamed } from './run-unnamed.js';
import {
  readLastTimestamp,
  readLeafBytes,
  readNewestTimestamp,
} from './sql/active-leaf.js';
import {
  deleteRetiredSegments,
  holdTopic,
  lockPartitionRows,
  lockSegments,
  retireSegments,
} from './sql/retire-segments.js';
import { summariseSegments } from './summarise-segments.js';
import { activeSegment, type Segment, type TopicLog } from './topic-log.js';
import type { TopicRun } from './topic-run.js';

/**
 * Takes the oldest segments out of the log that are past what is to be kept, and seals the active one first where all of
 * it is. Their leaves are dropped later, by themselves.
 *
 * @returns the log as it is then
 */
export async function applyRetention(
  run: TopicRun,
  log: TopicLog,
): Promise<TopicLog | undefined> {
  const due = decideRetention(log, await activeBytes(run, log));
  if (due.length > 0) await retire(run, due);
  const kept = due.length > 0 ? await reread(run) : log;
  if (!kept || !(await rollExpired(run, kept))) return kept;
  const sealed = await reread(run);
  const known = sealed && (await summariseSegments(run, sealed));
  if (!known) return known;
  await retire(run, decideRetention(known));
  return reread(run);
}

/** What the active leaf has of each partition, read only where it may decide. */
async function activeBytes(
  run: TopicRun,
  log: TopicLog,
): Promise<PartitionBytes> {
  const active = activeSegment(log);
  if (!active || !mayExceedBytes(log, active.sizeBytes ?? 0)) return new Map();
  const rows = await runUnnamed(run.db, readLeafBytes(active.leaf), []);
  return new Map(rows.map(({ partitionId, bytes }) => [partitionId, bytes]));
}

async function retire(
  run: TopicRun,
  due: readonly DueSegment[],
): Promise<void> {
  if (due.length === 0 || run.signal.aborted) return;
  const { db, topicNumber, report } = run;
  const segments = due.map(({ segment }) => segment);
  const done = await db.transaction((tx) =>
    retireIn(tx, topicNumber, segments),
  );
  if (!done) return;
  for (const { segment, reason } of due) {
    const { leaf, sizeBytes } = segment;
    report.dropped.push({ leaf, reason, sizeBytes: sizeBytes ?? 0 });
  }
}

/** Log start offsets move and the segments leave the catalogue in one transaction: no reader finds a gap. */
async function retireIn(
  tx: Tx,
  topicNumber: number,
  segments: readonly Segment[],
): Promise<boolean> {
  const [topic] = await tx.run(holdTopic, [topicNumber]);
  if (topic === undefined) return false;
  const numbers = segments.map(({ number }) => number);
  const locked = await tx.run(lockSegments, [topicNumber, numbers]);
  const isAsRead = segments.every((each, n) => locked[n]?.leaf === each.leaf);
  if (!isAsRead) return false;
  await tx.run(lockPartitionRows, [topicNumber]);
  await tx.run(retireSegments, [topicNumber, numbers]);
  await tx.run(deleteRetiredSegments, [topicNumber, numbers]);
  return true;
}

async function rollExpired(run: TopicRun, log: TopicLog): Promise<boolean> {
  const active = activeSegment(log);
  if (!active?.sizeBytes || run.signal.aborted) return false;
  if (!isActiveExpired(log, run.newestKnown.get(active.leaf) ?? 0))
    return false;
  const newest = await newestIn(run, log, active);
  if (newest === null) return false;
  run.newestKnown.set(active.leaf, newest);
  if (!isActiveExpired(log, newest)) return false;
  if (!(await rollSegment(run.db, log.topic.name))) return false;
  run.report.rolled.push('expired');
  return true;
}

/** The newest batches are likely the last ones: all of the leaf is read only where those have expired. */
async function newestIn(
  run: TopicRun,
  log: TopicLog,
  active: Segment,
): Promise<number | null> {
  const { leaf, createdAt, partitions } = active;
  const ids = partitions.map(({ partitionId }) => partitionId);
  const [last] = await runUnnamed(run.db, readLastTimestamp(leaf), [ids]);
  const lastNewest = last?.newest ?? null;
  if (lastNewest === null) return null;
  if (!isActiveExpired(log, lastNewest)) return lastNewest;
  const [all] = await runUnnamed(run.db, readNewestTimestamp(leaf), []);
  const newest = all?.newest ?? null;
  if (newest === null) return null;
  return newest >= 0 ? newest : createdAt;
}

async function reread(run: TopicRun): Promise<TopicLog | undefined> {
  return readTopicLog(run.db, run.topicNumber);
}
