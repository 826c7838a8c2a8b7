import { sleep } from '#kernel';

export interface Load {
  readonly perSecond: number;
  readonly seconds: number;
}

/** How many calls a load is. */
export function callsOf({ perSecond, seconds }: Load): number {
  return perSecond * seconds;
}

/** Milliseconds on a clock that all processes of the machine share, and that is never set. */
export function clock(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/**
 * Calls `act(n, due)` when it is due, whatever has become of the calls before: who only calls again once he was answered
 * asks least when it takes longest. Resolves when the last call has ended.
 */
export async function openLoop(
  load: Load,
  act: (n: number, due: number) => Promise<void>,
): Promise<void> {
  const count = callsOf(load);
  const interval = 1_000 / load.perSecond;
  const calls: Promise<void>[] = [];
  const begun = clock();
  while (calls.length < count) {
    const due = begun + calls.length * interval;
    if (due <= clock()) calls.push(act(calls.length, due));
    else await sleep(Math.max(1, due - clock()));
  }
  await Promise.all(calls);
}
