import { Client } from 'pg';
import type { Bench } from '../bench.ts';
import { compared, perSecond, type Figure } from '../figure.ts';
import { plot } from '../plot.ts';
import { saveJson } from '../results.ts';
import { median } from '../timing.ts';
import { INSERT_BUSINESS, makeBusinessTable } from './business.ts';
import { relayUnderLoad, type Burst, type Hold } from './relay-under-load.ts';

const MINUTES = 1;
const QUICK_MINUTES = 0.2;

const nothing: Hold = async () => async () => {};

/** A snapshot of a transaction that only reads. */
const snapshot: Hold = async (url) => {
  const client = await openTransaction(
    url,
    'begin isolation level repeatable read',
  );
  await client.query('select count(*) from incident');
  return async () => client.end();
};

const writerHere: Hold = async (url) => {
  const client = await openTransaction(url, 'begin');
  await client.query(INSERT_BUSINESS, ['never ends', 'Open']);
  return async () => client.end();
};

const writerElsewhere: Hold = async (_, bench) => {
  await makeBusinessTable(bench.db);
  return writerHere(bench.connectionString, bench);
};

/** What is held open, one after the other; between two runs with nothing, since what the machine does drifts. */
const HOLDS: readonly (readonly [what: string, hold: Hold])[] = [
  ['nothing held, before', nothing],
  ['a snapshot', snapshot],
  ['a writing transaction in this database', writerHere],
  ['a writing transaction in another database', writerElsewhere],
  ['nothing held, after', nothing],
];

type Series = Readonly<Record<string, readonly Burst[]>>;

/** What a relay moves while something is held open for minutes, against what it moves without. */
export async function held(bench: Bench): Promise<Figure[]> {
  const { quick, minutes = quick ? QUICK_MINUTES : MINUTES } = bench.options;
  const series: Record<string, Burst[]> = {};
  for (const [what, hold] of HOLDS)
    series[what] = await relayUnderLoad(bench, minutes * 60, hold);
  if (!quick) await keep(series, minutes);
  const free = HOLDS.filter(([, hold]) => hold === nothing).map(([what]) =>
    lateRate(series[what] ?? []),
  );
  return HOLDS.filter(([, hold]) => hold !== nothing).map(([what]) =>
    compared({
      name: 'held',
      what: `relay under load, ${what} open for ${minutes} min`,
      against: `the same with nothing held (${free.map(perSecond).join(' before, ')} after)`,
      measured: {
        ours: [lateRate(series[what] ?? [])],
        peer: [free.reduce((sum, rate) => sum + rate, 0) / free.length],
      },
      show: perSecond,
      target: { atLeast: 0.9 },
    }),
  );
}

/** The median of the second half: what is held has its full age only then. */
function lateRate(bursts: readonly Burst[]): number {
  const late = bursts.slice(Math.floor(bursts.length / 2));
  return median(late.map(({ rate }) => rate));
}

async function openTransaction(url: string, begin: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(begin);
  return client;
}

const COLOURS = ['#999999', '#b5442c', '#2a7f62', '#31569c', '#555555'];

async function keep(series: Series, minutes: number): Promise<void> {
  await saveJson('outbox-held.json', { minutes, series });
  await plot('outbox-held.png', {
    type: 'line',
    data: {
      datasets: Object.entries(series).map(([label, bursts], n) => ({
        label,
        data: bursts.map(({ at, rate }) => ({ x: at, y: rate })),
        borderColor: COLOURS[n] ?? 'black',
        pointRadius: 2,
      })),
    },
    options: {
      layout: { padding: 12 },
      scales: {
        x: { type: 'linear', title: { display: true, text: 'seconds' } },
        y: {
          beginAtZero: true,
          title: { display: true, text: 'events moved a second' },
        },
      },
    },
  });
}
