/** The middle one of several measurements. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] as number;
}

/** The value that a share of the values, 0.99 for 99 %, does not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * share) - 1] as number;
}

/** Runs `act` several times, after once uncounted, and returns the median of what it returns. */
export async function medianOf(
  rounds: number,
  act: () => Promise<number>,
): Promise<number> {
  await act();
  const values: number[] = [];
  for (let round = 0; round < rounds; round += 1) values.push(await act());
  return median(values);
}

/** How many seconds `act` takes. */
export async function secondsOf(act: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await act();
  return (performance.now() - began) / 1000;
}
