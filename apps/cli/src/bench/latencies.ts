import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';

/** How long something took, in milliseconds; null where nothing was counted. */
export interface LatencySummary {
  readonly avg: number | null;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  readonly max: number | null;
}

const PER_MS = 1_000;

/** Counts latencies, to a microsecond and three digits. */
export class Latencies {
  readonly #microseconds: RecordableHistogram = createHistogram();

  /** `count` of them at once: a histogram takes one at a time. */
  add(milliseconds: number, count = 1): void {
    const value = Math.max(1, Math.round(milliseconds * PER_MS));
    for (let n = 0; n < count; n += 1) this.#microseconds.record(value);
  }

  /** Counts what others have counted. */
  merge(others: Latencies): void {
    this.#microseconds.add(others.#microseconds);
  }

  reset(): void {
    this.#microseconds.reset();
  }

  get summary(): LatencySummary {
    const all = this.#microseconds;
    if (all.count === 0)
      return { avg: null, p50: null, p95: null, p99: null, max: null };
    const percentile = (share: number) => inMs(all.percentile(share));
    return {
      avg: inMs(all.mean),
      p50: percentile(50),
      p95: percentile(95),
      p99: percentile(99),
      max: inMs(all.max),
    };
  }
}

/** To the microsecond. */
function inMs(microseconds: number): number {
  return Math.round(microseconds) / PER_MS;
}
