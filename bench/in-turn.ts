import { median, secondsOf } from './timing.ts';
import type { Bench } from './bench.ts';
import type { Measured } from './figure.ts';

/** Sends of one side before it is the other's turn: what slows the machine for a moment slows both. */
const BLOCK = 25;

/** What is called on each side, one call after the other. */
export interface Calls {
  readonly ours: () => Promise<unknown>;
  readonly peer: () => Promise<unknown>;
}

/** The median latency of `count` calls of each side in each round, in seconds; the sides take turns within a round. */
export async function latenciesInTurn(
  bench: Bench,
  count: number,
  calls: Calls,
): Promise<Measured> {
  const ours: number[] = [];
  const peer: number[] = [];
  await round(count, calls);
  for (let n = 0; n < bench.options.rounds; n += 1) {
    await bench.db.query('checkpoint');
    const times = await round(count, calls);
    ours.push(median(times.ours));
    peer.push(median(times.peer));
  }
  return { ours, peer };
}

/** The median of how long each of `count` calls takes, one after the other, in seconds. */
export async function medianTime(
  count: number,
  act: () => Promise<unknown>,
): Promise<number> {
  return median(await timesOf(count, act));
}

async function round(count: number, calls: Calls): Promise<Measured> {
  const ours: number[] = [];
  const peer: number[] = [];
  for (let n = 0; n < count; n += BLOCK) {
    ours.push(...(await timesOf(BLOCK, calls.ours)));
    peer.push(...(await timesOf(BLOCK, calls.peer)));
  }
  return { ours, peer };
}

async function timesOf(
  count: number,
  act: () => Promise<unknown>,
): Promise<number[]> {
  const times: number[] = [];
  for (let n = 0; n < count; n += 1) times.push(await secondsOf(act));
  return times;
}
