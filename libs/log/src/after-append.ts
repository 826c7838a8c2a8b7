import type { Database } from '#postgres';
import type { PlannedAppend } from './append-plan.js';
import type { Catalogue } from './catalogue.js';
import { partitionWakeUp } from './topic.js';

/** What is to be done once appends have committed: wake who waits for them, and have full segments sealed. */
export function afterAppend(
  db: Database,
  catalogue: Catalogue,
  plans: readonly PlannedAppend[],
): void {
  db.wakeUps.mark(plans.map((plan) => partitionWakeUp(plan.partition.id)));
  for (const { topic, bytes } of plans)
    catalogue.fullSegments.grew(topic, bytes.length);
}
