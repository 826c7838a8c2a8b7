import type { RetentionReason } from './decide-retention.js';
import type { RollReason } from './decide-roll.js';

/** A segment that retention took out of the log. */
export interface DroppedSegment {
  readonly leaf: string;
  readonly reason: RetentionReason;
  /** On disk; what dropping its table gives back. */
  readonly sizeBytes: number;
}

/** Segments that compaction rewrote into one. */
export interface CompactedSegments {
  readonly leaves: readonly string[];
  readonly newLeaf: string;
  /** On disk. */
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  readonly recordsBefore: number;
  readonly recordsAfter: number;
}

/** What maintenance did with one topic. */
export interface TopicReport {
  readonly topic: string;
  /** Why segments were sealed; `expired` = all of the active one was past `retention.ms`. */
  readonly rolled: (RollReason | 'expired')[];
  readonly dropped: DroppedSegment[];
  readonly compacted: CompactedSegments[];
  /** Leaves whose rows were frozen, for good. */
  readonly frozen: string[];
}

/** What one run of maintenance did. */
export interface MaintenanceReport {
  /** Topics with which something was done. */
  readonly topics: TopicReport[];
  /** Topics that another process was working on; left to it. */
  readonly busy: string[];
  /** Topics, or other work, that failed; tried again in the next run. */
  readonly failed: { readonly what: string; readonly error: unknown }[];
  /** Tables that were dropped: of retention, of compaction, of deleted topics. */
  readonly droppedLeaves: string[];
  /** Tables that somebody reads still; tried again in the next run. */
  readonly waitingLeaves: string[];
  /** What the dropped tables had on disk. */
  freedBytes: number;
}

export function emptyReport(): MaintenanceReport {
  return {
    topics: [],
    busy: [],
    failed: [],
    droppedLeaves: [],
    waitingLeaves: [],
    freedBytes: 0,
  };
}

export function emptyTopicReport(topic: string): TopicReport {
  return { topic, rolled: [], dropped: [], compacted: [], frozen: [] };
}

/** Whether nothing was done with a topic. */
export function isIdle(report: TopicReport): boolean {
  const { rolled, dropped, compacted, frozen } = report;
  return [rolled, dropped, compacted, frozen].every((done) => !done.length);
}
