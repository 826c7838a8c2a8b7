import { describe, expect, it } from '@jest/globals';
import { Latencies } from './latencies.js';

describe('Latencies', () => {
  it('tells average, percentiles and the greatest, in milliseconds', () => {
    const latencies = new Latencies();
    for (let ms = 1; ms <= 100; ms += 1) latencies.add(ms);
    const { avg, p50, p95, p99, max } = latencies.summary;
    expect(avg).toBeCloseTo(50.5, 1);
    expect(p50).toBeCloseTo(50, 0);
    expect(p95).toBeCloseTo(95, 0);
    expect(p99).toBeCloseTo(99, 0);
    expect(max).toBeCloseTo(100, 0);
  });

  it('has nothing to tell of nothing', () => {
    const none = { avg: null, p50: null, p95: null, p99: null, max: null };
    const latencies = new Latencies();
    expect(latencies.summary).toEqual(none);
    latencies.add(1);
    latencies.reset();
    expect(latencies.summary).toEqual(none);
  });

  it('counts several at once, and what others counted', () => {
    const [some, others] = [new Latencies(), new Latencies()];
    some.add(1, 3);
    others.add(5);
    some.merge(others);
    expect(some.summary.avg).toBeCloseTo(2, 2);
  });

  it('counts what took no time at all as a microsecond', () => {
    const latencies = new Latencies();
    latencies.add(0);
    expect(latencies.summary.max).toBe(0.001);
  });
});
