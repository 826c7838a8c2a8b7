import type { LatencySummary } from './latencies.js';
import type { Rates } from './progress.js';

/** Rates in one line, for people. */
export function formatRates(rates: Rates): string {
  const { records, seconds, recordsPerSecond, mbPerSecond, latencyMs } = rates;
  return [
    `${records} records in ${seconds.toFixed(1)} s`,
    `${recordsPerSecond.toFixed(1)} records/s`,
    `${mbPerSecond.toFixed(2)} MB/s`,
    ...formatLatencies(latencyMs),
  ].join(', ');
}

function formatLatencies({ avg, p50, p95, p99, max }: LatencySummary) {
  if (avg === null) return [];
  const percentiles = Object.entries({ p50, p95, p99, max });
  return [
    `latency avg ${avg.toFixed(1)} ms`,
    ...percentiles.map(([name, ms]) => `${name} ${ms?.toFixed(1)}`),
  ];
}
