import type { Bench } from '../bench.ts';
import {
  compared,
  reported,
  type Figure,
  type Measured,
  type Target,
} from '../figure.ts';
import { plot } from '../plot.ts';
import { saveJson } from '../results.ts';
import { percentile } from '../timing.ts';
import { runSteadyLoad, type SteadyRun } from './steady-load.ts';
import type { Sizes } from './table-watch.ts';

const MINUTES = 2;
const QUICK_MINUTES = 0.2;
/** Without cleaning nothing is watched for longer: what is compared are INSERTs, and there are enough of them. */
const MOST_MINUTES_WITHOUT = 2;
/** A ring that has turned as often has used each of its parts again. */
const WHOLE_RING = 4;
const BOUNDED: Target = { atMost: 1.2 };

/** What a steady load leaves behind, with autovacuum at its defaults and the parts of the outbox cleaned. */
export async function steady(bench: Bench): Promise<Figure[]> {
  const { quick, minutes = quick ? QUICK_MINUTES : MINUTES } = bench.options;
  const cleaned = await runSteadyLoad(bench, minutes * 60, true);
  const without = Math.min(minutes, MOST_MINUTES_WITHOUT);
  const kept = await runSteadyLoad(bench, without * 60, false);
  if (!quick) await keep(cleaned.watch.sizes, minutes);
  const during = `${minutes} min of 1,000 events/s`;
  return [
    deadTuples(cleaned, during),
    bounded(`bytes of the outbox, ${during}`, cleaned, ({ outbox }) => outbox),
    bounded(`bytes of the log, ${during}`, cleaned, ({ log }) => log),
    lockWaits(cleaned, kept, during),
    insertTime('p99.9', 0.999, cleaned, kept),
    insertTime('the longest', 1, cleaned, kept),
    reported(
      'steady',
      'parts that the ring went on by',
      [cleaned.turns],
      String,
    ),
  ];
}

function deadTuples({ watch, turns }: SteadyRun, during: string): Figure {
  const { dead, changed } = watch;
  return {
    name: 'steady',
    what: `dead tuples in the parts of the outbox and the leaves of the log, ${during}`,
    value: `${dead} dead, ${changed} updated or deleted`,
    against: `the ring went on by ${turns} parts`,
    peer: '',
    ratio: '',
    target: 'none',
    met: dead + changed === 0 && turns >= WHOLE_RING,
  };
}

function lockWaits(
  cleaned: SteadyRun,
  kept: SteadyRun,
  during: string,
): Figure {
  const { tableLockWaits, otherLockWaits } = cleaned.watch;
  return {
    name: 'steady',
    what: `business transactions seen waiting for the lock of a table, looked for every 20 ms, ${during}`,
    value: `${tableLockWaits} (${otherLockWaits} for other locks)`,
    against: 'without cleaning',
    peer: `${kept.watch.tableLockWaits} (${kept.watch.otherLockWaits} for other locks)`,
    ratio: '',
    target: 'none',
    met: tableLockWaits === 0 && cleaned.turns >= WHOLE_RING,
  };
}

/** The greatest size of the second half of the run over that of the first. */
function bounded(
  what: string,
  { watch, turns }: SteadyRun,
  size: (sizes: Sizes) => number,
): Figure {
  const middle = Math.floor(watch.sizes.length / 2);
  const greatest = (of: readonly Sizes[]) => Math.max(0, ...of.map(size));
  const figure = compared({
    name: 'steady',
    what: `${what}: greatest of the second half`,
    against: 'greatest of the first half',
    measured: {
      ours: [greatest(watch.sizes.slice(middle))],
      peer: [greatest(watch.sizes.slice(0, middle))],
    },
    show: megabytes,
    target: BOUNDED,
  });
  return { ...figure, met: figure.met === true && turns >= WHOLE_RING };
}

function insertTime(
  quantile: string,
  share: number,
  cleaned: SteadyRun,
  kept: SteadyRun,
): Figure {
  const measured: Measured = {
    ours: [percentile(cleaned.inserts, share)],
    peer: [percentile(kept.inserts, share)],
  };
  return compared({
    name: 'steady',
    what: `INSERTs of a business transaction while parts are cleaned: ${quantile}`,
    against: 'without cleaning',
    measured,
    show: (seconds) => `${(seconds * 1_000).toFixed(1)} ms`,
  });
}

function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

async function keep(sizes: readonly Sizes[], minutes: number): Promise<void> {
  await saveJson('outbox-steady.json', { minutes, sizes });
  const line = (
    label: string,
    colour: string,
    of: (each: Sizes) => number,
  ) => ({
    label,
    data: sizes.map((each) => ({ x: each.at, y: of(each) / 2 ** 20 })),
    borderColor: colour,
    pointRadius: 0,
  });
  await plot('outbox-steady.png', {
    type: 'line',
    data: {
      datasets: [
        line('outbox', '#b5442c', ({ outbox }) => outbox),
        line('log', '#2a7f62', ({ log }) => log),
      ],
    },
    options: {
      layout: { padding: 12 },
      scales: {
        x: { type: 'linear', title: { display: true, text: 'seconds' } },
        y: { beginAtZero: true, title: { display: true, text: 'MiB' } },
      },
    },
  });
}
