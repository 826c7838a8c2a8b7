import { activeSegment, type TopicLog } from './topic-log.js';

export type RollReason = 'age' | 'size';

/**
 * Whether the active segment is to be sealed: as old as `segment.ms` or as large as `segment.bytes`. An empty one never
 * is, so that an idle topic stays as it is (Kafka: UnifiedLog.maybeRoll).
 */
export function decideRoll(log: TopicLog): RollReason | undefined {
  const active = activeSegment(log);
  if (!active || !active.sizeBytes) return undefined;
  const { segmentMs, segmentBytes } = log.topic.config;
  if (active.sizeBytes >= segmentBytes) return 'size';
  return log.now - active.createdAt >= segmentMs ? 'age' : undefined;
}
