import type { Database } from '#postgres';
import { runUnnamed } from './run-unnamed.js';
import {
  expireProducers as expire,
  readTopicsWithOldProducers,
} from './sql/expire-producers.js';

/** Forgets idempotent producers that have been silent for longer than `producer.id.expiration.ms`. */
export async function expireProducers(
  db: Database,
  expirationMs: number,
): Promise<void> {
  const topics = await db.run(readTopicsWithOldProducers, [expirationMs]);
  for (const { topicNumber, leaf } of topics)
    await runUnnamed(db, expire(leaf), [topicNumber, expirationMs]);
}
