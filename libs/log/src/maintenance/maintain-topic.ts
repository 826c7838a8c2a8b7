import { rollSegment } from '../roll-segment.js';
import { applyRetention } from './apply-retention.js';
import { compactTopic } from './compact-topic.js';
import { decideRoll } from './decide-roll.js';
import { readTopicLog } from './read-topic-log.js';
import { readAnyBatch } from './sql/active-leaf.js';
import { runUnnamed } from './run-unnamed.js';
import { freezeSegments, summariseSegments } from './summarise-segments.js';
import type { TopicLog } from './topic-log.js';
import type { TopicRun } from './topic-run.js';

/**
 * Does what is due with one topic, in this order: what retention takes need not be compacted, and what compaction
 * rewrites need not be frozen.
 */
export async function maintainTopic(run: TopicRun): Promise<void> {
  const read = await readTopicLog(run.db, run.topicNumber);
  const rolled = read && (await rollDue(run, read));
  const known = rolled && (await summariseSegments(run, rolled));
  const kept = known && (await applyRetention(run, known));
  if (!kept) return;
  try {
    await compactTopic(run, kept);
  } finally {
    await freezeSegments(run);
  }
}

async function rollDue(
  run: TopicRun,
  log: TopicLog,
): Promise<TopicLog | undefined> {
  const reason = decideRoll(log);
  if (!reason || run.signal.aborted) return log;
  const [batch] = await runUnnamed(run.db, readAnyBatch(log.topic.leaf), []);
  if (batch === undefined || !(await rollSegment(run.db, log.topic.name)))
    return log;
  run.report.rolled.push(reason);
  return readTopicLog(run.db, run.topicNumber);
}
