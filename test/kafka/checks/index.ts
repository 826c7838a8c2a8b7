import type { KafkaCheck } from '../kafka-check.ts';
import { byteChecks } from './byte-checks.ts';
import { guardedChecks } from './guarded-checks.ts';
import { loadChecks } from './load-checks.ts';
import { parkedChecks } from './parked-checks.ts';
import { refusalChecks } from './refusal-checks.ts';
import { takeoverChecks } from './takeover-checks.ts';

/** Everything that has to hold of the relay's sink on a real cluster. */
export const CHECKS: readonly KafkaCheck[] = [
  ...byteChecks,
  ...guardedChecks,
  ...refusalChecks,
  ...parkedChecks,
  ...takeoverChecks,
  ...loadChecks,
];
