import { Relay } from '#outbox';
import { migrate } from '#postgres';
import type { Bench } from '../bench.ts';
import { limited, milliseconds, reported, type Figure } from '../figure.ts';
import { percentile } from '../timing.ts';
import { withDatabase } from '../with-database.ts';
import { makeBusinessTable } from './business.ts';
import { withChild } from './child.ts';
import { CountingListener } from './counting-listener.ts';
import { withOutbox } from './events.ts';
import { callsOf, type Load } from './open-loop.ts';
import { publishLoad, type Published } from './publish-load.ts';
import { RelayChild } from './relay-child.ts';

const PER_SECOND = 500;
const SECONDS = 60;
/** Not counted: code that runs for the first time, connections that are opened. */
const WARM_UP_SECONDS = 10;

/** Latencies in milliseconds, one for each transaction that counts. */
interface Latencies {
  /** From COMMIT to the listener, and how late the transaction began. */
  readonly fromCommit: readonly number[];
  /** From when the transaction was due. */
  readonly fromDue: readonly number[];
}

/** How long after COMMIT a listener is handed an event, in one process and in three, at a load that does not wait. */
export async function latency(bench: Bench): Promise<Figure[]> {
  const load = {
    perSecond: PER_SECOND,
    seconds: WARM_UP_SECONDS + bench.scaled(SECONDS),
  };
  const together = await inOneProcess(bench, load);
  const apart = await inThreeProcesses(bench, load);
  const { fromCommit, fromDue } = together;
  return [
    judged('p50', percentile(fromCommit, 0.5), 8),
    judged('p99', percentile(fromCommit, 0.99), 40),
    ...quantiles('one process', 'COMMIT → listener', fromCommit, [0.999, 1]),
    ...quantiles('one process', 'due → listener', fromDue, [0.5, 0.99]),
    ...quantiles(
      'three processes',
      'COMMIT → listener',
      apart.fromCommit,
      [0.5, 0.99, 1],
    ),
    ...quantiles(
      'three processes',
      'due → listener',
      apart.fromDue,
      [0.5, 0.99],
    ),
  ];
}

function judged(quantile: string, value: number, atMost: number): Figure {
  const what = `COMMIT → listener, ${PER_SECOND} transactions/s, one process: ${quantile}`;
  return limited({ name: 'latency', what, value, atMost, show: milliseconds });
}

function quantiles(
  where: string,
  way: string,
  values: readonly number[],
  shares: readonly number[],
): Figure[] {
  return shares.map((share) => {
    const name = share === 1 ? 'longest' : `p${share * 100}`;
    const what = `${way}, ${PER_SECOND} transactions/s, ${where}: ${name}`;
    return reported('latency', what, [percentile(values, share)], milliseconds);
  });
}

async function inOneProcess(bench: Bench, load: Load): Promise<Latencies> {
  const { connectionString } = bench;
  await makeBusinessTable(bench.db);
  return withOutbox(connectionString, async (outbox, db) => {
    const relay = new Relay(db);
    const listener = new CountingListener(db, callsOf(load));
    relay.start();
    await listener.start();
    await bench.db.query('checkpoint');
    const published = await publishLoad(connectionString, outbox, load);
    const handed = await listener.stopWhenDone();
    await relay.stop();
    return latenciesOf(load, published, handed);
  });
}

async function inThreeProcesses(bench: Bench, load: Load): Promise<Latencies> {
  return withDatabase(
    bench.connectionString,
    'apart',
    async (connectionString) => {
      await migrate({ connection: connectionString });
      await withOutbox(connectionString, async (_, db) =>
        makeBusinessTable(db),
      );
      await bench.db.query('checkpoint');
      return RelayChild.with(async (relay) =>
        withChild('listener.child.ts', async (listener) =>
          withChild('publisher.child.ts', async (publisher) => {
            await relay.start(connectionString);
            const count = callsOf(load);
            await listener.ask('start', { connectionString, count });
            const given = { connectionString, load };
            const published = await publisher.ask<Published>('publish', given);
            const handed = await listener.ask<Float64Array>('stopWhenDone');
            await relay.stop();
            return latenciesOf(load, published, handed);
          }),
        ),
      );
    },
  );
}

function latenciesOf(
  { perSecond }: Load,
  { due, begun, committed }: Published,
  handed: Float64Array,
): Latencies {
  const fromCommit: number[] = [];
  const fromDue: number[] = [];
  for (let n = WARM_UP_SECONDS * perSecond; n < handed.length; n += 1) {
    const [dueAt, end] = [due[n] as number, handed[n] as number];
    const late = (begun[n] as number) - dueAt;
    fromCommit.push(end - (committed[n] as number) + late);
    fromDue.push(end - dueAt);
  }
  return { fromCommit, fromDue };
}
