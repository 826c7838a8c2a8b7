import { sql } from 'kysely';
import type { BatchContext } from '#client';
import type { Bench } from '../bench.ts';
import { compared, perSecond, type Figure, type Target } from '../figure.ts';
import { fill } from './fill.ts';
import { BATCH_RECORDS, listenSeconds } from './listen-rate.ts';
import { bytesRecord, bytesTopic, type BytesTopic } from './topics.ts';

const RECORDS = 500_000;
const TARGET: Target = { atMost: 1.5 };
/** Kafka's `max.poll.records`. */
const SMALL_BATCH = 500;

type Handler = (
  values: readonly (Buffer | null)[],
  batch: BatchContext<unknown, Buffer>,
) => Promise<void> | void;

/** What a listener does with a batch, in the transaction of its offset and without one. */
interface Handlers {
  readonly what: string;
  readonly inTransaction: Handler;
  readonly plain: Handler;
}

/** One run of a listener in both ways. */
interface Runs {
  readonly topic: BytesTopic;
  readonly count: number;
  readonly batch: number;
}

/** The time that it takes to commit each batch's offset in the transaction of its effects, beside committing it behind them. */
export async function transactional(bench: Bench): Promise<Figure[]> {
  const count = bench.scaled(RECORDS);
  const topic = bytesTopic(bench.newName('bytes'));
  await fill(bench, topic, { count, record: bytesRecord });
  await bench.db.query('create table effects (at bigint not null)');
  const counting = {
    what: 'counting',
    inTransaction: () => {},
    plain: () => {},
  };
  const insert = inserting(bench);
  const large = { topic, count, batch: BATCH_RECORDS };
  const small = { topic, count, batch: SMALL_BATCH };
  return [
    await beside(bench, large, counting, TARGET),
    await beside(bench, small, counting),
    await beside(bench, large, insert),
    await beside(bench, small, insert),
  ];
}

async function beside(
  bench: Bench,
  { topic, count, batch }: Runs,
  { what, inTransaction, plain }: Handlers,
  target?: Target,
): Promise<Figure> {
  const run = async (isTransactional: boolean, batchHandler: Handler) =>
    listenSeconds(bench, count, {
      topic,
      transactional: isTransactional,
      maxPollRecords: batch,
      batchHandler,
    });
  return compared({
    name: 'transactional',
    what: `transactional, a commit for each batch of ${batch} records: ${what}`,
    against: 'plain',
    measured: await bench.measure({
      ours: async () => run(true, inTransaction),
      peer: async () => run(false, plain),
    }),
    show: (seconds) => perSecond(count / seconds),
    ...(target && { target }),
  });
}

/** One INSERT of as many rows as the batch has records. */
function inserting(bench: Bench): Handlers {
  return {
    what: 'one INSERT of as many rows',
    inTransaction: async (_, { records, tx }) => {
      const offsets = records.map(({ offset }) => offset);
      await sql`insert into effects select unnest(${offsets}::bigint[])`.execute(
        tx,
      );
    },
    plain: async (_, { records }) => {
      const offsets = records.map(({ offset }) => offset);
      await bench.db.query('insert into effects select unnest($1::bigint[])', [
        offsets,
      ]);
    },
  };
}
