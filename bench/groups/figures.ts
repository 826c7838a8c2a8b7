import type { Bench } from '../bench.ts';
import type { Figure } from '../figure.ts';
import { idle } from './idle.ts';
import { joinAtOnce } from './join-at-once.ts';
import { latency } from './latency.ts';
import { manyGroups } from './many-groups.ts';
import { manyMembers } from './many-members.ts';
import { rebalance } from './rebalance.ts';
import { throughput } from './throughput.ts';
import { transactional } from './transactional.ts';

/** Everything that is measured, by the name that `--only` takes. */
export const FIGURES: ReadonlyMap<string, (bench: Bench) => Promise<Figure[]>> =
  new Map([
    ['throughput', throughput],
    ['transactional', transactional],
    ['latency', latency],
    ['idle', idle],
    ['rebalance', rebalance],
    ['join', joinAtOnce],
    ['groups', manyGroups],
    ['members', manyMembers],
  ]);
