import { describe, expect, it } from '@jest/globals';
import { decideCompaction, planFewer } from './decide-compaction.js';
import { active, logOf, NOW, part, sealed } from './fixtures/topic-logs.js';
import type { Segment } from './topic-log.js';

const MIB = 1_048_576;
const config = {
  'cleanup.policy': 'compact',
  'segment.bytes': MIB,
  'min.cleanable.dirty.ratio': 0.5,
};

const clean = (number: number, given: Partial<Segment> = {}) =>
  sealed(number, { isCompacted: true, ...given });

function planOf(
  segments: readonly Segment[],
  entries: Record<string, unknown> = {},
) {
  const plan = decideCompaction(logOf({ ...config, ...entries }, segments));
  return (
    plan && {
      dirty: plan.dirty.map(({ number }) => number),
      groups: plan.groups.map((group) => group.map(({ number }) => number)),
    }
  );
}

describe('decideCompaction', () => {
  it('cleans from the oldest segment to the last dirty one, never the active one', () => {
    expect(planOf([clean(0), sealed(1), active(2)])).toEqual({
      dirty: [1],
      groups: [[0, 1]],
    });
  });

  it('waits until min.cleanable.dirty.ratio of the sealed bytes are dirty', () => {
    const segments = [clean(0, { sizeBytes: 1_001 }), sealed(1), active(2)];
    expect(planOf(segments)).toBeUndefined();
    expect(
      planOf(segments, { 'min.cleanable.dirty.ratio': 0.4 }),
    ).toBeDefined();
    expect(
      planOf([clean(0), active(1)], { 'min.cleanable.dirty.ratio': 0 }),
    ).toBeUndefined();
  });

  it('leaves a topic alone that is not compacted', () => {
    const entries = { 'cleanup.policy': 'delete' };
    expect(planOf([sealed(0), active(1)], entries)).toBeUndefined();
    const both = { 'cleanup.policy': 'compact,delete' };
    expect(planOf([sealed(0), active(1)], both)).toBeDefined();
  });

  it('stops before the first dirty segment with a record younger than min.compaction.lag.ms', () => {
    const young = sealed(1, {
      partitions: [part(1, 10, { maxTimestamp: NOW - 10 })],
    });
    const segments = [sealed(0), young, sealed(2), active(3)];
    expect(planOf(segments, { 'min.compaction.lag.ms': 100 })).toEqual({
      dirty: [0],
      groups: [[0]],
    });
    expect(planOf(segments)?.dirty).toEqual([0, 1, 2]);
  });

  it('stops before what was not summarised', () => {
    const segments = [sealed(0), sealed(1, { sizeBytes: null }), active(2)];
    expect(planOf(segments)?.dirty).toEqual([0]);
  });

  it('puts neighbours into one leaf while they fit into segment.bytes', () => {
    const sizes = [0.5, 0.5, 0.6, 0.5, 2, 0.1];
    const segments = sizes.map((size, n) =>
      sealed(n, { sizeBytes: size * MIB }),
    );
    expect(planOf([...segments, active(9)])?.groups).toEqual([
      [0, 1],
      [2],
      [3],
      [4],
      [5],
    ]);
  });

  it('rewrites clean segments alone once the time of a tombstone in them has come', () => {
    const segments = [
      clean(0, { deleteHorizon: NOW }),
      clean(1, { deleteHorizon: NOW + 1 }),
      sealed(2, { sizeBytes: 1 }),
      active(3),
    ];
    expect(planOf(segments)).toEqual({ dirty: [], groups: [[0]] });
  });
});

describe('planFewer', () => {
  it('ends at the last segment whose keys are known', () => {
    const segments = [clean(0), sealed(1), sealed(2), sealed(3), active(4)];
    const log = logOf(config, segments);
    const plan = decideCompaction(log);
    const fewer = plan && planFewer(log, plan, 2);
    expect(fewer?.dirty.map(({ number }) => number)).toEqual([1, 2]);
    expect(fewer?.groups.flat().map(({ number }) => number)).toEqual([0, 1, 2]);
  });
});
