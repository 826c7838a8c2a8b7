import { bind, type BoundStatement } from '#postgres';
import { delayEvents } from '../sql/delay-events.js';
import { parkEvents } from '../sql/park-events.js';
import { parkKeys } from '../sql/park-keys.js';
import { laneOf } from './lane.js';
import { reasonOf } from './reason.js';
import type { HeldEvent, Outcome, RetryPolicy } from './source.js';

/** Puts what is not shipped to those that wait: for their time, or behind a failure. */
export function holdStatements(
  table: keyof typeof parkEvents,
  { delayed, held }: Outcome,
  retry: RetryPolicy,
): BoundStatement[] {
  const failed = held.filter(({ error }) => error !== undefined);
  return [
    ...(delayed.length > 0
      ? [
          bind(delayEvents, [
            delayed.map((event) => event.shard),
            delayed.map((event) => event.id),
            delayed.map((event) => event.eventId),
          ]),
        ]
      : []),
    ...(failed.length > 0 ? [parkKeysStatement(failed, retry)] : []),
    ...(held.length > 0
      ? [
          bind(parkEvents[table], [
            held.map(({ event }) => event.shard),
            held.map(({ event }) => event.id),
            held.map(({ event }) => laneOf(event).lane),
            held.map(({ event }) => event.eventId),
          ]),
        ]
      : []),
  ];
}

function parkKeysStatement(
  failed: readonly HeldEvent[],
  retry: RetryPolicy,
): BoundStatement {
  return bind(parkKeys, [
    failed.map(({ event }) => event.topicNumber),
    failed.map(({ event }) => laneOf(event).lane),
    failed.map(({ event }) => event.shard),
    failed.map(({ event }) => event.key),
    failed.map(({ error }) => error?.code ?? ''),
    failed.map(({ error }) => reasonOf(error)),
    retry.maxAttempts,
    retry.backoffMs,
  ]);
}
