import { describe, expect, it } from '@jest/globals';
import { HighWatermarkMarks } from './high-watermark-marks.js';

const seen = (
  logEndOffset: bigint,
  walEnd: bigint,
  walFlushed?: bigint,
  leaderEpoch = 0,
) => ({ leaderEpoch, logEndOffset, walEnd, walFlushed });

describe('HighWatermarkMarks', () => {
  it('knows nothing until a standby has flushed what was seen', () => {
    const marks = new HighWatermarkMarks();
    expect(marks.observe(seen(10n, 100n))).toBeUndefined();
    expect(marks.observe(seen(10n, 120n, 99n))).toBeUndefined();
    expect(marks.observe(seen(10n, 140n, 100n))).toBe(10n);
  });

  it('goes by where the WAL was when an end was first seen, whatever was written since', () => {
    const marks = new HighWatermarkMarks();
    marks.observe(seen(10n, 100n));
    marks.observe(seen(20n, 200n));
    expect(marks.observe(seen(20n, 900n, 199n))).toBe(10n);
    expect(marks.observe(seen(30n, 950n, 200n))).toBe(20n);
    expect(marks.observe(seen(30n, 990n, 990n))).toBe(30n);
  });

  it('never goes back when the standby is lost, or a late answer comes', () => {
    const marks = new HighWatermarkMarks();
    expect(marks.observe(seen(10n, 100n, 100n))).toBe(10n);
    expect(marks.observe(seen(20n, 200n))).toBe(10n);
    expect(marks.observe(seen(5n, 50n, 100n))).toBe(10n);
    expect(marks.observe(seen(20n, 300n, 210n))).toBe(20n);
  });

  it('says that an empty partition is replicated to its end', () => {
    const marks = new HighWatermarkMarks();
    expect(marks.observe(seen(0n, 100n, 90n))).toBeUndefined();
    expect(marks.observe(seen(0n, 100n, 100n))).toBe(0n);
  });

  it('begins anew with each leader epoch, and passes over an older one', () => {
    const marks = new HighWatermarkMarks();
    expect(marks.observe(seen(10n, 100n, 100n))).toBe(10n);
    expect(marks.observe(seen(8n, 90n, 80n, 1))).toBeUndefined();
    expect(marks.observe(seen(8n, 95n, 90n, 1))).toBe(8n);
    expect(marks.observe(seen(12n, 300n, 300n, 0))).toBe(8n);
  });

  it('keeps a bounded number of marks and still gets on', () => {
    const marks = new HighWatermarkMarks();
    for (let n = 1n; n <= 1_000n; n += 1n) marks.observe(seen(n, n * 10n));
    expect(marks.observe(seen(1_000n, 20_000n, 100n))).toBe(10n);
    expect(marks.observe(seen(1_000n, 20_000n, 10_000n))).toBe(1_000n);
  });
});
