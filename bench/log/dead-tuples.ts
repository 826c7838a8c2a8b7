import { sleep } from '#kernel';
import * as log from '#log';
import type { Producer } from '#client';
import type { Database } from '#postgres';
import type { Bench } from './bench.ts';
import { BULK, openProducer } from './engine.ts';
import { notRun, type Figure } from './figure.ts';
import { bytesTopic, randomLoad, type BytesTopic } from './load.ts';

const NAME = 'dead-tuples';
const TARGET = 'none';
/** How often the leaves are looked at: one that retention drops between two looks was young, and was looked at before. */
const LOOK_MS = 1_000;
const MAINTENANCE_MS = 500;
const PAGE = 1_000;
const SHORT_SEGMENTS = { 'segment.bytes': 4 * 1_048_576, 'segment.ms': 10_000 };

interface Maintenance {
  start(): void;
  stop(): Promise<void>;
}

type MaintenanceClass = new (
  db: Database,
  options: { intervalMs: number },
) => Maintenance;

/** What the leaves came to while they were watched. */
interface Watched {
  dead: number;
  changed: number;
  readonly leaves: Set<string>;
}

/** Produces, rolls, drops and compacts for some minutes and counts what is dead in the leaves meanwhile. */
export async function deadTuples(bench: Bench): Promise<Figure[]> {
  const { minutes } = bench.options;
  const what = `dead tuples in leaves, ${minutes} min of produce, retention and compaction`;
  const LogMaintenance = (log as { LogMaintenance?: MaintenanceClass })
    .LogMaintenance;
  if (!LogMaintenance)
    return [notRun(NAME, what, 'the log has no LogMaintenance yet', TARGET)];
  const topics = await shortLivedTopics(bench);
  const producer = await openProducer(bench.db, topics, BULK);
  const maintenance = new LogMaintenance(bench.db, {
    intervalMs: MAINTENANCE_MS,
  });
  maintenance.start();
  const watched: Watched = { dead: 0, changed: 0, leaves: new Set() };
  const until = performance.now() + minutes * 60_000;
  await Promise.all([
    produceUntil(until, producer, topics),
    watchUntil(until, bench, watched),
  ]);
  await maintenance.stop();
  await producer.close();
  await look(bench, watched);
  return [
    {
      name: NAME,
      what,
      value: `${watched.dead} dead, ${watched.changed} updated or deleted`,
      against: `${watched.leaves.size} leaves seen`,
      peer: '',
      ratio: '',
      target: TARGET,
      met: watched.dead + watched.changed === 0,
    },
  ];
}

/** One topic whose leaves are dropped after some seconds, one that is compacted. */
async function shortLivedTopics(bench: Bench): Promise<BytesTopic[]> {
  const dropped = bytesTopic('dropped', 3);
  const compacted = bytesTopic('compacted', 3);
  await log.createTopic(bench.db, {
    name: dropped.name,
    partitions: 3,
    config: { ...SHORT_SEGMENTS, 'retention.ms': 15_000 },
  });
  await log.createTopic(bench.db, {
    name: compacted.name,
    partitions: 3,
    config: {
      ...SHORT_SEGMENTS,
      'cleanup.policy': 'compact',
      'min.cleanable.dirty.ratio': 0.1,
    },
  });
  return [dropped, compacted];
}

/** About 20,000 records a second, so that maintenance has its share of the machine. */
async function produceUntil(
  until: number,
  producer: Producer,
  topics: readonly BytesTopic[],
): Promise<void> {
  const page = randomLoad().pages[0]?.slice(0, PAGE) ?? [];
  while (performance.now() < until) {
    for (const topic of topics) await producer.send(topic, page);
    await sleep(100);
  }
}

async function watchUntil(
  until: number,
  bench: Bench,
  watched: Watched,
): Promise<void> {
  while (performance.now() < until) {
    await look(bench, watched);
    await sleep(LOOK_MS);
  }
}

async function look(bench: Bench, watched: Watched): Promise<void> {
  const { rows } = await bench.db.query(
    `select relname as leaf, n_dead_tup::int as dead, (n_tup_upd + n_tup_del)::int as changed
    from pg_stat_user_tables where schemaname = $1 and relname ~ '^log_'`,
    [bench.db.schema],
  );
  let changed = 0;
  for (const row of rows) {
    watched.leaves.add(row.leaf as string);
    watched.dead = Math.max(watched.dead, row.dead as number);
    changed += row.changed as number;
  }
  watched.changed = Math.max(watched.changed, changed);
}
