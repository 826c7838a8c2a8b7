import { describe, expect, it } from '@jest/globals';
import { decideRoll } from './decide-roll.js';
import { active, logOf, NOW, sealed } from './fixtures/topic-logs.js';

const config = { 'segment.ms': 1_000, 'segment.bytes': 1_048_576 };

describe('decideRoll', () => {
  it('seals by age from segment.ms on', () => {
    const aged = (ms: number) =>
      logOf(config, [active(0, { createdAt: NOW - ms })]);
    expect(decideRoll(aged(999))).toBeUndefined();
    expect(decideRoll(aged(1_000))).toBe('age');
  });

  it('seals by size from segment.bytes on', () => {
    const sized = (sizeBytes: number) =>
      logOf(config, [active(0, { sizeBytes, createdAt: NOW })]);
    expect(decideRoll(sized(1_048_575))).toBeUndefined();
    expect(decideRoll(sized(1_048_576))).toBe('size');
  });

  it('leaves an empty segment as it is, however old', () => {
    const empty = active(0, { sizeBytes: 0, createdAt: 0 });
    expect(decideRoll(logOf(config, [empty]))).toBeUndefined();
    expect(
      decideRoll(logOf(config, [active(0, { sizeBytes: null })])),
    ).toBeUndefined();
  });

  it('has nothing to seal where no segment is active', () => {
    expect(decideRoll(logOf(config, [sealed(0)]))).toBeUndefined();
  });
});
