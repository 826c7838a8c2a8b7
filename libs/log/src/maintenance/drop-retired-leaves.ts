import { isPostamtError } from '#kernel';
import type { Database } from '#postgres';
import type { MaintenanceReport } from './maintenance-report.js';
import {
  dropLeafText,
  readRetiredLeaves,
  takeRetiredLeaf,
} from './sql/retired-leaves.js';
import { withTopicLock } from './topic-lock.js';

/** DROP waits for who reads the leaf, and who comes after waits for DROP: it rather comes back. */
const LOCK_TIMEOUT_MS = 200;
const LEAF = /^log_(\d+)_\d+(_\d+)?$/;

/**
 * Drops the tables that no segment names any more, each in a transaction of its own. One that is read still is left for
 * the next run. A leaf that compaction is writing stands on the list as well, under its topic's lock.
 */
export async function dropRetiredLeaves(
  db: Database,
  report: MaintenanceReport,
  signal: AbortSignal,
): Promise<void> {
  const byTopic = new Map<number, string[]>();
  for (const leaf of await db.run(readRetiredLeaves, [])) {
    const topicNumber = Number(LEAF.exec(leaf)?.[1]);
    const known = byTopic.get(topicNumber);
    if (known) known.push(leaf);
    else byTopic.set(topicNumber, [leaf]);
  }
  for (const [topicNumber, leaves] of byTopic) {
    await withTopicLock(db, topicNumber, async () => {
      for (const leaf of leaves) {
        if (signal.aborted) return;
        await dropLeaf(db, leaf, report);
      }
    });
  }
}

async function dropLeaf(
  db: Database,
  leaf: string,
  report: MaintenanceReport,
): Promise<void> {
  try {
    const freed = await db.transaction(
      async (tx) => {
        const [size] = await tx.run(takeRetiredLeaf, [leaf]);
        if (size === undefined) return undefined;
        await tx.query(dropLeafText(tx.schema, leaf));
        return size;
      },
      { lockTimeoutMs: LOCK_TIMEOUT_MS },
    );
    if (freed === undefined) return;
    report.droppedLeaves.push(leaf);
    report.freedBytes += freed;
  } catch (error) {
    if (isPostamtError(error, 'TIMED_OUT')) {
      report.waitingLeaves.push(leaf);
      return;
    }
    if (isPostamtError(error)) throw error;
    // Something of the user's stands on it, a view perhaps: the others go all the same.
    report.failed.push({ what: `dropping ${leaf}`, error });
    db.logger.error({ err: error, leaf }, 'a leaf could not be dropped');
  }
}
