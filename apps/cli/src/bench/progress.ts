import { performance } from 'node:perf_hooks';
import { Latencies, type LatencySummary } from './latencies.js';

/** What was done in some time. */
export interface Rates {
  readonly records: number;
  readonly bytes: number;
  readonly seconds: number;
  readonly recordsPerSecond: number;
  /** Of 1,048,576 bytes, as Kafka's tools have them. */
  readonly mbPerSecond: number;
  readonly latencyMs: LatencySummary;
}

const MB = 1_048_576;

/** Counts records, their bytes and their latencies: since the last look, and since the beginning. */
export class Progress {
  readonly #begun: number;
  readonly #latencies = new Latencies();
  readonly #recent = new Latencies();
  #lookedAt: number;
  #records = 0;
  #bytes = 0;
  #recentRecords = 0;
  #recentBytes = 0;

  constructor(now = performance.now()) {
    this.#begun = now;
    this.#lookedAt = now;
  }

  /** Counts records, keys and values of that many bytes, which took `latencyMs` each where that is known. */
  add(records: number, bytes: number, latencyMs?: number): void {
    this.#recentRecords += records;
    this.#recentBytes += bytes;
    if (latencyMs !== undefined) this.#recent.add(latencyMs, records);
  }

  /** How many records have been counted so far. */
  get records(): number {
    return this.#records + this.#recentRecords;
  }

  /** What was done since the last look. */
  look(now = performance.now()): Rates {
    const rates = ratesOf({
      records: this.#recentRecords,
      bytes: this.#recentBytes,
      ms: now - this.#lookedAt,
      latencies: this.#recent,
    });
    this.#latencies.merge(this.#recent);
    this.#recent.reset();
    this.#records += this.#recentRecords;
    this.#bytes += this.#recentBytes;
    this.#recentRecords = 0;
    this.#recentBytes = 0;
    this.#lookedAt = now;
    return rates;
  }

  /** What was done since the beginning, up to the last look. */
  total(): Rates {
    return ratesOf({
      records: this.#records,
      bytes: this.#bytes,
      ms: this.#lookedAt - this.#begun,
      latencies: this.#latencies,
    });
  }
}

function ratesOf(done: {
  records: number;
  bytes: number;
  ms: number;
  latencies: Latencies;
}): Rates {
  const { records, bytes, latencies } = done;
  const seconds = done.ms / 1_000;
  const perSecond = (amount: number) => (seconds > 0 ? amount / seconds : 0);
  return {
    records,
    bytes,
    seconds: rounded(seconds, 3),
    recordsPerSecond: rounded(perSecond(records), 1),
    mbPerSecond: rounded(perSecond(bytes) / MB, 2),
    latencyMs: latencies.summary,
  };
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
