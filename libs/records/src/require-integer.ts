import { PostamtError } from '#kernel';

/** Throws INVALID_VALUE unless `value` is a whole number from `least` to `most`, both included. */
export function requireInteger<N extends number | bigint>(
  name: string,
  value: N,
  least: N,
  most: N,
): void {
  const whole = typeof value === 'bigint' || Number.isInteger(value);
  if (whole && value >= least && value <= most) return;
  throw new PostamtError(
    'INVALID_VALUE',
    `${name} is ${value}; give a whole number from ${least} to ${most}.`,
  );
}
