import { Counter, Gauge, register, type Registry } from 'prom-client';
import { SharedReading } from '#kernel';
import type { Database } from '#postgres';
import { readBacklog } from '../backlog/read-backlog.js';
import type { RelayStatus } from '../relay/relay-options.js';
import type { Backlog } from '../sql/measure-backlog.js';
import { oldestTransactions } from './sql/oldest-transactions.js';

export interface OutboxMetricsOptions {
  /** Where to; prom-client's own registry by default. */
  readonly registry?: Registry;
  /** The relays of this process, whose counters are served as well. */
  readonly relays?: readonly { readonly status: RelayStatus }[];
}

type BacklogGauge = readonly [
  name: string,
  help: string,
  value: (backlog: Backlog) => number,
];

const BACKLOG: readonly BacklogGauge[] = [
  [
    'postamt_outbox_pending_events',
    'Events committed and not moved yet.',
    ({ pending }) => pending,
  ],
  [
    'postamt_outbox_oldest_pending_seconds',
    'For how long the oldest pending event has waited; 0 where none is pending.',
    ({ oldestPendingMs }) => (oldestPendingMs ?? 0) / 1_000,
  ],
  [
    'postamt_outbox_delayed_events',
    'Events whose time has not come.',
    ({ delayed }) => delayed,
  ],
  [
    'postamt_outbox_parked_events',
    'Events that wait behind a failure, failed ones among them.',
    ({ parked }) => parked,
  ],
  [
    'postamt_outbox_parked_keys',
    'Keys whose events wait behind a failure, failed ones among them.',
    ({ parkedKeys }) => parkedKeys,
  ],
  [
    'postamt_outbox_failed_keys',
    'Keys that no relay tries any more: somebody has to look.',
    ({ failedKeys }) => failedKeys,
  ],
];

type RelayCounter = readonly [
  name: string,
  help: string,
  value: (status: RelayStatus) => number,
];

const RELAY: readonly RelayCounter[] = [
  [
    'postamt_relay_moved_events_total',
    'Events that the relay has moved.',
    ({ moved }) => moved,
  ],
  [
    'postamt_relay_parked_events_total',
    'Events that the relay has put behind a failure.',
    ({ parked }) => parked,
  ],
  [
    'postamt_relay_failures_total',
    'Moves that failed; each was tried again.',
    ({ failures }) => failures,
  ],
];

/**
 * Registers metrics of the outbox, and of relays of this process, with prom-client. They are read when they are scraped,
 * at most once a second. Where Postgres does not answer, `postamt_outbox_up` is 0 and what is read from it is left out.
 *
 * @example
 * registerOutboxMetrics(db, { relays: [relay] });
 * // … wherever the application serves its metrics:
 * response.end(await register.metrics());
 */
export function registerOutboxMetrics(
  db: Database,
  { registry = register, relays = [] }: OutboxMetricsOptions = {},
): void {
  registerBacklog(db, registry);
  registerTransactions(db, registry);
  for (const [name, help, value] of RELAY) {
    registry.registerMetric(
      new Counter({
        name,
        help,
        registers: [],
        labelNames: ['relay'],
        collect() {
          this.reset();
          for (const { status } of relays)
            this.inc({ relay: status.id }, value(status));
        },
      }),
    );
  }
}

function registerBacklog(db: Database, registry: Registry): void {
  const reading = new SharedReading(() => readBacklog(db));
  gauge(registry, {
    name: 'postamt_outbox_up',
    help: 'Whether the outbox could be read.',
    read: async () => ((await reading.value()) ? 1 : 0),
  });
  for (const [name, help, value] of BACKLOG) {
    const read = async () => {
      const backlog = await reading.value();
      return backlog && value(backlog);
    };
    gauge(registry, { name, help, read });
  }
}

function registerTransactions(db: Database, registry: Registry): void {
  const reading = new SharedReading(async () => {
    const [oldest] = await db.run(oldestTransactions, []);
    return oldest;
  });
  gauge(registry, {
    name: 'postamt_postgres_oldest_transaction_seconds',
    help: 'For how long the oldest transaction has been open that holds up vacuum, as far as the role may see others.',
    read: async () => (await reading.value())?.openSeconds,
  });
  gauge(registry, {
    name: 'postamt_postgres_oldest_prepared_transaction_seconds',
    help: 'For how long the oldest prepared transaction has waited for its end.',
    read: async () => (await reading.value())?.preparedSeconds,
  });
}

function gauge(
  registry: Registry,
  {
    name,
    help,
    read,
  }: { name: string; help: string; read: () => Promise<number | undefined> },
): void {
  registry.registerMetric(
    new Gauge({
      name,
      help,
      registers: [],
      async collect() {
        const value = await read();
        this.remove();
        if (value !== undefined) this.set(value);
      },
    }),
  );
}
