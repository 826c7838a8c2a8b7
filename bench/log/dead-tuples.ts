import { sleep } from '#kernel';
import { createTopic, LogMaintenance } from '#log';
import type { Producer } from '#client';
import type { Bench } from '../bench.ts';
import { BULK, openProducer } from './engine.ts';
import type { Figure } from '../figure.ts';
import { bytesTopic, randomLoad, type BytesTopic } from './load.ts';

/** How often the leaves are looked at: one that retention drops between two looks was young, and was looked at before. */
const LOOK_MS = 1_000;
const MINUTES = 2;
const MAINTENANCE_MS = 500;
const PAGE = 1_000;
const SHORT_SEGMENTS = { 'segment.bytes': 4 * 1_048_576, 'segment.ms': 10_000 };

/** What the leaves came to while they were watched. */
interface Watched {
  dead: number;
  changed: number;
  readonly leaves: Set<string>;
}

/** Produces, rolls, drops and compacts for some minutes and counts what is dead in the leaves meanwhile. */
export async function deadTuples(bench: Bench): Promise<Figure[]> {
  const { minutes = MINUTES } = bench.options;
  const watched: Watched = { dead: 0, changed: 0, leaves: new Set() };
  await keepBusy(bench, minutes * 60_000, watched);
  await look(bench, watched);
  const { dropped, compacted } = await workDone(bench, watched);
  return [
    {
      name: 'dead-tuples',
      what: `dead tuples in leaves, ${minutes} min of produce, retention and compaction`,
      value: `${watched.dead} dead, ${watched.changed} updated or deleted`,
      against: `${watched.leaves.size} leaves seen, ${dropped} dropped, ${compacted} compacted`,
      peer: '',
      ratio: '',
      target: 'none',
      // Where nothing was dropped or compacted, nothing was shown.
      met: watched.dead + watched.changed === 0 && dropped > 0 && compacted > 0,
    },
  ];
}

async function keepBusy(
  bench: Bench,
  ms: number,
  watched: Watched,
): Promise<void> {
  const topics = await shortLivedTopics(bench);
  const producer = await openProducer(bench.db, topics, BULK);
  const maintenance = new LogMaintenance(bench.db, {
    intervalMs: MAINTENANCE_MS,
  });
  maintenance.start();
  const until = performance.now() + ms;
  await Promise.all([
    produceUntil(until, producer, topics),
    watchUntil(until, bench, watched),
  ]);
  await maintenance.stop();
  await producer.close();
}

async function workDone(
  bench: Bench,
  { leaves }: Watched,
): Promise<{ dropped: number; compacted: number }> {
  const { schema } = bench.db;
  const { rows } = await bench.db.query(
    `select
      (select count(*)::int from pg_tables where schemaname = $1 and tablename = any ($2)) as kept,
      (select count(*)::int from ${schema}.segments where compacted_at is not null) as compacted`,
    [schema, [...leaves]],
  );
  const { kept, compacted } = rows[0] as { kept: number; compacted: number };
  return { dropped: leaves.size - kept, compacted };
}

/** One topic whose leaves are dropped after some seconds, one that is compacted. */
async function shortLivedTopics(bench: Bench): Promise<BytesTopic[]> {
  const dropped = bytesTopic('dropped', 3);
  const compacted = bytesTopic('compacted', 3);
  await createTopic(bench.db, {
    name: dropped.name,
    partitions: 3,
    config: { ...SHORT_SEGMENTS, 'retention.ms': 15_000 },
  });
  await createTopic(bench.db, {
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
