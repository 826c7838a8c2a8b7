import { describe, expect, it } from '@jest/globals';
import { formatRates } from './format-rates.js';
import { Progress } from './progress.js';

const MB = 1_048_576;

describe('Progress', () => {
  it('tells the rates since the last look, and those of all', () => {
    const progress = new Progress(1_000);
    progress.add(100, 2 * MB, 4);
    expect(progress.records).toBe(100);
    expect(progress.look(3_000)).toMatchObject({
      records: 100,
      bytes: 2 * MB,
      seconds: 2,
      recordsPerSecond: 50,
      mbPerSecond: 1,
      latencyMs: { max: expect.closeTo(4, 1) },
    });
    progress.add(300, MB, 8);
    expect(progress.look(5_000)).toMatchObject({
      recordsPerSecond: 150,
      latencyMs: { p50: expect.closeTo(8, 1) },
    });
    expect(progress.total()).toMatchObject({
      records: 400,
      seconds: 4,
      recordsPerSecond: 100,
      mbPerSecond: 0.75,
      latencyMs: { avg: expect.closeTo(7, 1), max: expect.closeTo(8, 1) },
    });
  });

  it('is no division by no time', () => {
    const progress = new Progress(7);
    expect(progress.look(7)).toMatchObject({ recordsPerSecond: 0 });
  });
});

describe('formatRates', () => {
  it('says them in one line, latencies where there are any', () => {
    const progress = new Progress(0);
    progress.add(1_000, 100_000);
    expect(formatRates(progress.look(2_000))).toBe(
      '1000 records in 2.0 s, 500.0 records/s, 0.05 MB/s',
    );
    progress.add(1_000, 100_000, 2);
    expect(formatRates(progress.look(3_000))).toMatch(
      /^1000 records in 1.0 s, 1000.0 records\/s, 0.10 MB\/s, latency avg 2.0 ms, p50 2.0, p95 2.0, p99 2.0, max 2.0$/,
    );
  });
});
