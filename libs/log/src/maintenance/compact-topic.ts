import {
  decideCompaction,
  planFewer,
  type CompactionPlan,
} from './decide-compaction.js';
import { buildOffsetMap } from './build-offset-map.js';
import type { OffsetMap } from './offset-map.js';
import { rewriteSegments } from './rewrite-segments.js';
import { freezeLeaf } from './summarise-segments.js';
import { readSize } from './sql/leaf-size.js';
import { swapInto } from './swap-segments.js';
import type { Segment, TopicLog } from './topic-log.js';
import type { TopicRun } from './topic-run.js';

/**
 * Compacts a topic where it is due: of each key in the dirty segments only the last record stays, in those and in all
 * segments before them. Two passes, as in Kafka's cleaner: the last offset of each dirty key, then the rewriting, group
 * by group, each swapped in as it is done. Whenever this ends early, what was swapped in is right by itself, and the rest
 * is as it was.
 */
export async function compactTopic(
  run: TopicRun,
  log: TopicLog,
): Promise<void> {
  const plan = decideCompaction(log);
  if (!plan || run.signal.aborted) return;
  const { map, count } = await buildOffsetMap(run, plan.dirty);
  const fits = count === plan.dirty.length;
  const { groups } = fits ? plan : planFewer(log, plan, count);
  await compactGroups(run, log, groups, map);
}

async function compactGroups(
  run: TopicRun,
  log: TopicLog,
  groups: CompactionPlan['groups'],
  map: OffsetMap,
): Promise<void> {
  for (const segments of groups) {
    if (run.signal.aborted) return;
    if (!(await compactGroup(run, log, segments, map))) return;
  }
}

async function compactGroup(
  run: TopicRun,
  log: TopicLog,
  segments: readonly Segment[],
  map: OffsetMap,
): Promise<boolean> {
  const { db, topicNumber } = run;
  const rewritten = await rewriteSegments(run, log, segments, map);
  if (!rewritten) return false;
  const { leaf, deleteHorizon, recordsBefore, recordsAfter } = rewritten;
  const isFrozen = await freezeLeaf(db, leaf.name);
  await run.lock.check();
  const [bytesAfter = 0] = await db.run(readSize, [leaf.name]);
  const swap = { topicNumber, segments, leaf, deleteHorizon, isFrozen };
  if (!(await swapInto(db, { ...swap, sizeBytes: bytesAfter }))) return false;
  run.report.compacted.push({
    leaves: segments.map((segment) => segment.leaf),
    newLeaf: leaf.name,
    bytesBefore: segments.reduce((sum, each) => sum + (each.sizeBytes ?? 0), 0),
    bytesAfter,
    recordsBefore,
    recordsAfter,
  });
  return true;
}
