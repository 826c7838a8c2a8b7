import type { Bench } from '../bench.ts';
import { compared, milliseconds, type Figure } from '../figure.ts';
import { median } from '../timing.ts';
import { PROTOCOLS } from './eager-assignor.ts';
import { firstRecordMs, gapsOf, takenOverMs, type Gap } from './gaps.ts';
import {
  HAPPENINGS,
  playMatch,
  type Episode,
  type Happening,
} from './match.ts';
import { plotRebalance } from './plot-rebalance.ts';

const ROUNDS = 3;
/** Noise of two windows of seconds; a pause is several times the normal gap. */
const NO_PAUSE = { atMost: 1.5 };

/** The episodes of one kind under both protocols. */
interface Pair {
  readonly happening: Happening;
  readonly ours: readonly Episode[];
  readonly eager: readonly Episode[];
}

/** What members that stay notice of one that joins, leaves or dies, and how long it takes until others have its share. */
export async function rebalance(bench: Bench): Promise<Figure[]> {
  const { quick } = bench.options;
  const episodes: Episode[] = [];
  for (const protocol of PROTOCOLS)
    episodes.push(...(await playMatch(bench, protocol, quick ? 1 : ROUNDS)));
  if (!quick) await plotRebalance(episodes);
  const pairs = HAPPENINGS.map((happening): Pair => {
    const all = episodes.filter((each) => each.happening === happening);
    const [ours = [], eager = []] = PROTOCOLS.map((protocol) =>
      all.filter((each) => each.protocol === protocol),
    );
    return { happening, ours, eager };
  });
  return [
    ...pairs.map((pair) => pauseBesideBefore(pair)),
    ...pairs.map((pair) => pauseBesideEager(pair)),
    ...pairs.map((pair) => timeBesideEager(pair)),
  ];
}

/** The middle one of the partitions: a pause of the world is one of all of them. */
function pauseBesideBefore({ happening, ours }: Pair): Figure {
  const gaps = ours.map(gapsOf);
  const count = median(gaps.map(({ length }) => length));
  return compared({
    name: 'rebalance',
    what: `a member ${happening}: longest gap of a partition that stays, median of ${count}`,
    against: 'before, over as long a time',
    measured: {
      ours: gaps.map((each) => middle(each, 'after')),
      peer: gaps.map((each) => middle(each, 'before')),
    },
    show: milliseconds,
    target: NO_PAUSE,
  });
}

function pauseBesideEager({ happening, ours, eager }: Pair): Figure {
  return compared({
    name: 'rebalance',
    what: `a member ${happening}: longest gap of any partition that stays`,
    against: 'eager (stop-the-world) assignor',
    measured: { ours: ours.map(longestGap), peer: eager.map(longestGap) },
    show: milliseconds,
  });
}

function longestGap(episode: Episode): number {
  return Math.max(...gapsOf(episode).map(({ after }) => after));
}

function timeBesideEager({ happening, ours, eager }: Pair): Figure {
  const [what, timeOf] =
    happening === 'joins'
      ? ['until it has handled its first record', firstRecordMs]
      : [
          'until others have handled a record of each partition that it had',
          takenOverMs,
        ];
  return compared({
    name: 'rebalance',
    what: `a member ${happening}: ${what}`,
    against: 'eager (stop-the-world) assignor',
    measured: { ours: ours.map(timeOf), peer: eager.map(timeOf) },
    show: milliseconds,
  });
}

function middle(gaps: readonly Gap[], side: 'before' | 'after'): number {
  return median(gaps.map((gap) => gap[side]));
}
