import type { Database } from '#postgres';
import type { TopicReport } from './maintenance-report.js';
import type { TopicLock } from './topic-lock.js';

/** One topic's turn in a run of maintenance. */
export interface TopicRun {
  readonly db: Database;
  readonly topicNumber: number;
  readonly lock: TopicLock;
  /** Aborts when maintenance is to end: what is under way is left as it was. */
  readonly signal: AbortSignal;
  /** Filled in as things are done. */
  readonly report: TopicReport;
  /** The most keys that compaction holds in memory. */
  readonly maxKeys: number;
  /** The greatest timestamp that was found in an active leaf, by leaf; appends can only raise it. */
  readonly newestKnown: Map<string, number>;
}
