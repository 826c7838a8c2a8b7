import { describe, expect, it } from '@jest/globals';
import { partsToClean, shouldTurn, type RingPart } from './ring.js';

const MB = 1024 * 1024;
const limits = { retentionMs: 1_000, retentionBytes: 100 * MB };

/** A ring whose current part is 2; the others as given. */
function ring(...parts: Partial<RingPart>[]): RingPart[] {
  return [0, 1, 2, 3].map((part) => ({
    part,
    isCurrent: part === 2,
    openedMs: part === 2 ? 0 : undefined,
    closedMs: undefined,
    bytes: 0,
    ...parts.find((given) => given.part === part),
  }));
}

describe('partsToClean', () => {
  it('takes closed parts that are old enough, oldest first', () => {
    const parts = ring(
      { part: 1, openedMs: 3_000, closedMs: 1_500, bytes: MB },
      { part: 0, openedMs: 9_000, closedMs: 3_000, bytes: MB },
      { part: 3, openedMs: 20_000, closedMs: 9_000, bytes: MB },
    );
    expect(partsToClean(parts, limits)).toEqual([3, 0, 1]);
  });

  it('takes none behind one that is not old enough', () => {
    const parts = ring(
      { part: 1, openedMs: 3_000, closedMs: 1_500, bytes: MB },
      { part: 0, openedMs: 9_000, closedMs: 999, bytes: MB },
    );
    expect(partsToClean(parts, limits)).toEqual([]);
  });

  it('takes young ones as well while more is kept than may be', () => {
    const parts = ring(
      { part: 1, openedMs: 3, closedMs: 1, bytes: 60 * MB },
      { part: 0, openedMs: 3, closedMs: 2, bytes: 60 * MB },
    );
    expect(partsToClean(parts, limits)).toEqual([0]);
  });

  it('never takes the current part, nor an empty one', () => {
    const parts = ring({ part: 2, openedMs: 1e9, closedMs: 1e9, bytes: 1e9 });
    expect(partsToClean(parts, limits)).toEqual([]);
  });
});

describe('shouldTurn', () => {
  it('turns when the current part has been written for half the retention', () => {
    const turns = (openedMs: number) =>
      shouldTurn(ring({ part: 2, openedMs, bytes: MB }), limits);
    expect([turns(499), turns(500)]).toEqual([false, true]);
  });

  it('turns when the current part has its share of what may be kept', () => {
    const turns = (bytes: number) =>
      shouldTurn(ring({ part: 2, openedMs: 1, bytes }), limits);
    expect([turns(25 * MB - 1), turns(25 * MB)]).toEqual([false, true]);
  });

  it('does not turn while next to nothing was written', () => {
    const parts = ring({ part: 2, openedMs: 1e9, bytes: 100 * 1024 });
    expect(shouldTurn(parts, limits)).toBe(false);
  });

  it('does not turn into a part that is not empty, however full this one is', () => {
    const parts = ring(
      { part: 2, openedMs: 1e9, bytes: 1e12 },
      { part: 3, openedMs: 2e9, closedMs: 1, bytes: MB },
    );
    expect(shouldTurn(parts, limits)).toBe(false);
  });
});
