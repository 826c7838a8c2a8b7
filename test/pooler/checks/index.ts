import { appendChecks } from './append-checks.ts';
import { deliveryChecks } from './delivery-checks.ts';
import { sessionChecks } from './session-checks.ts';
import { waitingChecks } from './waiting-checks.ts';
import type { PoolerCheck } from '../pooler-check.ts';

/** Everything that has to work through a pooler in transaction mode. */
export const CHECKS: readonly PoolerCheck[] = [
  ...appendChecks,
  ...waitingChecks,
  ...deliveryChecks,
  ...sessionChecks,
];
