import { decideCompaction } from './decide-compaction.js';
import {
  decideRetention,
  isActiveExpired,
  mayExceedBytes,
} from './decide-retention.js';
import { decideRoll } from './decide-roll.js';
import {
  activeSegment,
  isSummarised,
  sealedSegments,
  type TopicLog,
} from './topic-log.js';

/**
 * Whether anything is, or may be, due with a topic, by what the catalogue alone says: idle topics cost nothing more.
 *
 * @param newestKnown the greatest timestamp that was found in an active leaf, by leaf
 */
export function needsMaintenance(
  log: TopicLog,
  newestKnown: ReadonlyMap<string, number>,
): boolean {
  const active = activeSegment(log);
  const sealed = sealedSegments(log);
  if (sealed.some((each) => !isSummarised(each) || !each.isFrozen)) return true;
  if (decideRoll(log) || decideCompaction(log)) return true;
  if (decideRetention(log).length > 0) return true;
  if (!active?.sizeBytes) return false;
  if (mayExceedBytes(log, active.sizeBytes)) return true;
  return isActiveExpired(log, newestKnown.get(active.leaf) ?? 0);
}
