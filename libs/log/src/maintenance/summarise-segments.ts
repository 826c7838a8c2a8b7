import type { Database } from '#postgres';
import { readTopicLog } from './read-topic-log.js';
import { runUnnamed } from './run-unnamed.js';
import {
  freezeText,
  isAllVisible,
  noteFrozen,
  summarisePartitions,
  summariseSegment,
} from './sql/summarise-segment.js';
import {
  isSummarised,
  sealedSegments,
  type Segment,
  type TopicLog,
} from './topic-log.js';
import type { TopicRun } from './topic-run.js';

/** Notes timestamps and sizes of sealed segments that nobody has looked at yet; once for each, in no lock of appends. */
export async function summariseSegments(
  run: TopicRun,
  log: TopicLog,
): Promise<TopicLog | undefined> {
  const unknown = sealedSegments(log).filter((each) => !isSummarised(each));
  if (unknown.length === 0) return log;
  for (const segment of unknown) {
    if (run.signal.aborted) return undefined;
    await run.lock.check();
    await summarise(run, segment);
  }
  return readTopicLog(run.db, run.topicNumber);
}

/**
 * Freezes sealed segments, so that no vacuum has to come to them again. It succeeds once no snapshot is open that was
 * taken before the last append; until then it is tried again.
 */
export async function freezeSegments(run: TopicRun): Promise<void> {
  const log = await readTopicLog(run.db, run.topicNumber);
  if (!log) return;
  for (const { isFrozen, number, leaf } of sealedSegments(log)) {
    if (isFrozen) continue;
    if (run.signal.aborted) return;
    await run.lock.check();
    if (!(await freezeLeaf(run.db, leaf))) continue;
    await run.db.write(noteFrozen, [run.topicNumber, number, leaf]);
    run.report.frozen.push(leaf);
  }
}

/** Whether every row of the leaf is frozen now. */
export async function freezeLeaf(db: Database, leaf: string): Promise<boolean> {
  await db.query(freezeText(db.schema, leaf));
  const [found] = await db.run(isAllVisible, [leaf]);
  return found?.isAllVisible ?? false;
}

async function summarise(run: TopicRun, segment: Segment): Promise<void> {
  const { number, leaf } = segment;
  await runUnnamed(run.db, summarisePartitions(leaf), [
    run.topicNumber,
    number,
  ]);
  await run.db.transaction(
    (tx) => tx.run(summariseSegment, [run.topicNumber, number, leaf]),
    { statementTimeoutMs: 0 },
  );
}
