import { ensureTopic } from '#log';
import { sleep } from '#kernel';
import type { Bench } from '../bench.ts';
import { limited, milliseconds, reported, type Figure } from '../figure.ts';
import { withChild } from '../outbox/child.ts';
import { callsOf, type Load } from '../outbox/open-loop.ts';
import { percentile } from '../timing.ts';
import { numberTopic } from './number-topic.ts';
import { sendLoad, type Sent } from './send-load.ts';
import { TimedListener, type TimedListening } from './timed-listener.ts';

const MOST_MS = 5;
const RATES = [1, 1_000, 20_000];
const SECONDS = 8;
const QUICK_SECONDS = 2;
/** At one record a second, eight would be too few. */
const SLOW_SECONDS = 30;
const QUICK_SLOW_SECONDS = 6;
/** Not counted: code that runs for the first time, connections that are opened. */
const WARM_UP_SECONDS = 2;

/** Latencies in milliseconds, one for each record that counts. */
interface Latencies {
  /** From when the append was known to be committed, to the handler. */
  readonly fromAppend: readonly number[];
  /** From when `send` was to be called. */
  readonly fromDue: readonly number[];
}

type Run = (
  bench: Bench,
  load: Load,
  listening: TimedListening,
) => Promise<Latencies>;

/** How long after its append a record comes to a handler, at loads that do not wait. */
export async function latency(bench: Bench): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const perSecond of RATES) {
    const together = await bothWays(bench, perSecond, inOneProcess);
    figures.push(...together.map((each) => judged(each)));
    const apart = await bothWays(bench, perSecond, inTwoProcesses);
    figures.push(...apart.map((each) => unjudged(each)));
  }
  return figures;
}

/** What was measured of one listener at one rate. */
interface Way {
  readonly what: string;
  readonly latencies: Latencies;
}

/** Plain and transactional; at a rate that leaves the machine idle, at the same time in topics of their own. */
async function bothWays(
  bench: Bench,
  perSecond: number,
  run: Run,
): Promise<Way[]> {
  const isSlow = perSecond === 1;
  const load = { perSecond, seconds: secondsOf(bench, isSlow) };
  const where = run === inOneProcess ? 'one process' : 'two processes';
  const ways = [false, true].map((transactional, n) => async () => {
    // The two slow loads have their records half a second apart.
    if (isSlow) await sleep((n * 1_000) / 2);
    const topic = bench.newName('latency');
    await ensureTopic(bench.db, numberTopic(topic));
    const count = callsOf(load);
    const latencies = await run(bench, load, { topic, transactional, count });
    const kind = transactional ? 'transactional' : 'plain';
    const what = `append → handler, ${perSecond.toLocaleString('en')} records/s, ${kind}, ${where}`;
    return { what, latencies };
  });
  if (isSlow) return Promise.all(ways.map(async (way) => way()));
  const measured: Way[] = [];
  for (const way of ways) {
    await bench.db.query('checkpoint');
    measured.push(await way());
  }
  return measured;
}

function secondsOf({ options }: Bench, isSlow: boolean): number {
  const long = isSlow ? SLOW_SECONDS : SECONDS;
  const short = isSlow ? QUICK_SLOW_SECONDS : QUICK_SECONDS;
  return WARM_UP_SECONDS + (options.quick ? short : long);
}

async function inOneProcess(
  bench: Bench,
  load: Load,
  listening: TimedListening,
): Promise<Latencies> {
  const listener = new TimedListener(bench.db, listening);
  await listener.start();
  const sent = await sendLoad(bench.db, listening.topic, load);
  return latenciesOf(load, sent, await listener.stopWhenDone());
}

async function inTwoProcesses(
  { connectionString }: Bench,
  load: Load,
  listening: TimedListening,
): Promise<Latencies> {
  return withChild('../groups/listener.child.ts', async (listener) =>
    withChild('../groups/producer.child.ts', async (producer) => {
      await listener.ask('start', { connectionString, listening });
      const given = { connectionString, topic: listening.topic, load };
      const sent = await producer.ask<Sent>('send', given);
      const handed = await listener.ask<Float64Array>('stopWhenDone');
      return latenciesOf(load, sent, handed);
    }),
  );
}

function latenciesOf(
  { perSecond }: Load,
  { due, appended }: Sent,
  handed: Float64Array,
): Latencies {
  const fromAppend: number[] = [];
  const fromDue: number[] = [];
  for (let n = WARM_UP_SECONDS * perSecond; n < handed.length; n += 1) {
    const at = handed[n] as number;
    // A handler may be called before whoever sent the record has heard that it is appended.
    fromAppend.push(Math.max(0, at - (appended[n] as number)));
    fromDue.push(at - (due[n] as number));
  }
  return { fromAppend, fromDue };
}

function judged({ what, latencies }: Way): Figure {
  const value = percentile(latencies.fromAppend, 0.5);
  const figure = limited({
    name: 'latency',
    what: `${what}: p50`,
    value,
    atMost: MOST_MS,
    show: milliseconds,
  });
  return { ...figure, value: described(latencies) };
}

function unjudged({ what, latencies }: Way): Figure {
  const value = percentile(latencies.fromAppend, 0.5);
  const figure = reported('latency', `${what}: p50`, [value], milliseconds);
  return { ...figure, value: described(latencies) };
}

function described({ fromAppend, fromDue }: Latencies): string {
  return `${quantiles(fromAppend)}; from when it was to be sent ${quantiles(fromDue)}`;
}

function quantiles(values: readonly number[]): string {
  const [p50, p99] = [0.5, 0.99].map((share) =>
    percentile(values, share).toFixed(2),
  );
  return `${p50} ms (p99 ${p99} ms)`;
}
