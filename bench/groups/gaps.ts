import { WINDOW_MS, type Episode } from './match.ts';

/** The longest time between two handled records of one partition, before something happened and from then on. */
export interface Gap {
  readonly partition: number;
  readonly before: number;
  readonly after: number;
}

/** What was handled of one partition, in time. */
interface Course {
  readonly partition: number;
  readonly times: readonly number[];
  /** Who handled it last before it happened, and at the end. */
  readonly first: number | undefined;
  readonly last: number | undefined;
}

/**
 * The gaps of partitions that have no reason to move: those that were and are of members that stay, and under our
 * protocol those that stay with their member. Both times are as long; where a member died, the second one lies around the moment at which others
 * took over what it had: before, nobody knows.
 */
export function gapsOf(episode: Episode): Gap[] {
  const { at, player, protocol, happening } = episode;
  const from =
    happening === 'dies' ? at + takenOverMs(episode) - WINDOW_MS / 2 : at;
  return coursesOf(episode)
    .filter(({ first, last }) => first !== player && last !== player)
    .filter(({ first, last }) => protocol === 'eager' || first === last)
    .map(({ partition, times }) => ({
      partition,
      before: longest(within(times, at - WINDOW_MS, at)),
      // From the last record before it, and up to the end: what stops for good is seen too.
      after: longest([
        ...times.filter((time) => time < from).slice(-1),
        ...within(times, from, from + WINDOW_MS),
        from + WINDOW_MS,
      ]),
    }));
}

/** How long after it happened who came has handled its first record; undefined where nobody came. */
export function firstRecordMs({ handled, at, player }: Episode): number {
  const first = handled.find((each) => each.player === player && each.at >= at);
  return (first?.at ?? Number.NaN) - at;
}

/** How long after it happened the last of the partitions of who went was handled by somebody else. */
export function takenOverMs(episode: Episode): number {
  const { handled, at, player } = episode;
  const times = coursesOf(episode)
    .filter(({ first }) => first === player)
    .map(({ partition }) =>
      handled.find(
        (each) =>
          each.partition === partition &&
          each.at >= at &&
          each.player !== player,
      ),
    )
    .map((first) => (first?.at ?? Number.NaN) - at);
  return Math.max(...times);
}

function coursesOf({ handled, at }: Episode): Course[] {
  const byPartition = Map.groupBy(handled, ({ partition }) => partition);
  return [...byPartition].map(([partition, records]) => ({
    partition,
    times: records.map((record) => record.at),
    first: records.findLast((record) => record.at < at)?.player,
    last: records.at(-1)?.player,
  }));
}

function within(times: readonly number[], from: number, to: number): number[] {
  return times.filter((time) => time >= from && time < to);
}

function longest(times: readonly number[]): number {
  let most = 0;
  for (let n = 1; n < times.length; n += 1)
    most = Math.max(most, (times[n] as number) - (times[n - 1] as number));
  return most;
}
