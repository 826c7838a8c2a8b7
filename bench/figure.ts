import { median } from './timing.ts';

/** What a ratio has to reach. */
export type Target = { readonly atLeast: number } | { readonly atMost: number };

/** One measured figure, beside its limit or its peer, measured in the same run. */
export interface Figure {
  /** What it is chosen by: `--only <name>`. */
  readonly name: string;
  readonly what: string;
  readonly value: string;
  /** What it is held against; empty where it is only reported. */
  readonly against: string;
  readonly peer: string;
  /** Value over peer, the median of the rounds' ratios and their range. */
  readonly ratio: string;
  readonly target: string;
  /** Whether the target is reached; undefined where there is none, or where it was not measured. */
  readonly met: boolean | undefined;
  /** What was measured, round by round. */
  readonly rounds?: Measured;
}

/** The same measured on two sides in turn; both are rates, or both are times. */
export interface Measured {
  readonly ours: readonly number[];
  readonly peer: readonly number[];
}

export interface Comparison {
  readonly name: string;
  readonly what: string;
  readonly against: string;
  readonly measured: Measured;
  /** Writes a measured number with its unit. */
  readonly show: (value: number) => string;
  readonly target?: Target;
}

/** Judges two sides by the median of the ratios of neighbours in time: what slows the machine slows both. */
export function compared(comparison: Comparison): Figure {
  const { name, what, against, measured, show, target } = comparison;
  const { ours, peer } = measured;
  const ratios = ours.map((value, round) => value / (peer[round] as number));
  const ratio = median(ratios);
  return {
    name,
    what,
    value: withRange(ours, show),
    against,
    peer: withRange(peer, show),
    ratio: withRange(ratios, twoDigits),
    target: target ? targetText(target) : '',
    met: target && isMet(ratio, target),
    rounds: measured,
  };
}

/** Holds one measured value against a limit that is set, not measured. */
export function limited(limit: {
  readonly name: string;
  readonly what: string;
  readonly value: number;
  readonly atMost: number;
  readonly show: (value: number) => string;
}): Figure {
  const { name, what, value, atMost, show } = limit;
  return compared({
    name,
    what,
    against: 'the limit that is set',
    measured: { ours: [value], peer: [atMost] },
    show,
    target: { atMost: 1 },
  });
}

/** A figure that stands by itself: reported, not judged. */
export function reported(
  name: string,
  what: string,
  values: readonly number[],
  show: (value: number) => string,
): Figure {
  const none = { against: '', peer: '', ratio: '', target: '', met: undefined };
  const rounds = { ours: values, peer: [] };
  return { name, what, value: withRange(values, show), ...none, rounds };
}

/** A figure that could not be measured, and why. */
export function notRun(
  name: string,
  what: string,
  reason: string,
  target: string,
): Figure {
  const value = `not run: ${reason}`;
  const none = { against: '', peer: '', ratio: '', met: undefined };
  return { name, what, value, ...none, target };
}

export function isMet(ratio: number, target: Target): boolean {
  return 'atLeast' in target ? ratio >= target.atLeast : ratio <= target.atMost;
}

export function targetText(target: Target): string {
  return 'atLeast' in target
    ? `at least ${target.atLeast}`
    : `at most ${target.atMost}`;
}

/** Records a second. */
export function perSecond(rate: number): string {
  return rate >= 1e6
    ? `${(rate / 1e6).toFixed(2)} M/s`
    : rate >= 1e4
      ? `${(rate / 1e3).toFixed(0)} k/s`
      : `${rate.toFixed(0)}/s`;
}

/** Seconds, as microseconds. */
export function microseconds(seconds: number): string {
  return `${(seconds * 1e6).toFixed(0)} µs`;
}

/** Milliseconds, as they are. */
export function milliseconds(value: number): string {
  return `${value.toFixed(1)} ms`;
}

function twoDigits(value: number): string {
  return value.toFixed(2);
}

function withRange(
  values: readonly number[],
  show: (value: number) => string,
): string {
  const middle = show(median(values));
  if (values.length < 2) return middle;
  return `${middle} (${show(Math.min(...values))}..${show(Math.max(...values))})`;
}
