import type { Bench } from '../bench.ts';
import type { Figure } from '../figure.ts';
import { drain } from './drain.ts';

/** Everything that is measured, by the name that `--only` takes. */
export const FIGURES: ReadonlyMap<string, (bench: Bench) => Promise<Figure[]>> =
  new Map([['drain', drain]]);
