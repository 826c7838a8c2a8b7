import type { Bench } from '../bench.ts';
import type { Figure } from '../figure.ts';
import { drain } from './drain.ts';
import { held } from './held.ts';
import { idle } from './idle.ts';
import { latency } from './latency.ts';
import { polling } from './polling.ts';
import { steady } from './steady.ts';
import { transaction } from './transaction.ts';

/** Everything that is measured, by the name that `--only` takes. */
export const FIGURES: ReadonlyMap<string, (bench: Bench) => Promise<Figure[]>> =
  new Map([
    ['transaction', transaction],
    ['drain', drain],
    ['latency', latency],
    ['idle', idle],
    ['polling', polling],
    ['held', held],
    ['steady', steady],
  ]);
