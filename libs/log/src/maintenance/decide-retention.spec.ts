import { describe, expect, it } from '@jest/globals';
import {
  decideRetention,
  isActiveExpired,
  mayExceedBytes,
} from './decide-retention.js';
import {
  active,
  emptyPart,
  logOf,
  NOW,
  part,
  sealed,
} from './fixtures/topic-logs.js';
import type { TopicLog } from './topic-log.js';

function dueIn(log: TopicLog, activeBytes?: ReadonlyMap<number, number>) {
  return decideRetention(log, activeBytes).map(
    ({ segment, reason }) => `${segment.number} ${reason}`,
  );
}

const old = (number: number, age: number) =>
  sealed(number, {
    partitions: [part(1, number * 10, { maxTimestamp: NOW - age })],
  });

describe('Retention by time', () => {
  it('takes the oldest segments that are wholly past it, and never the active one', () => {
    const log = logOf({ 'retention.ms': 1_000 }, [
      old(0, 3_000),
      old(1, 1_001),
      active(2),
    ]);
    expect(dueIn(log)).toEqual(['0 retention.ms', '1 retention.ms']);
  });

  it('keeps a segment whose newest record is exactly as old as it', () => {
    const log = logOf({ 'retention.ms': 1_000 }, [old(0, 1_000), active(1)]);
    expect(dueIn(log)).toEqual([]);
  });

  it('takes none behind one that stays, so that no gap comes to be', () => {
    const log = logOf({ 'retention.ms': 1_000 }, [
      old(0, 3_000),
      old(1, 5),
      old(2, 3_000),
      active(3),
    ]);
    expect(dueIn(log)).toEqual(['0 retention.ms']);
  });

  it('waits for each partition that has something in the segment', () => {
    const partitions = [
      part(1, 0, { maxTimestamp: NOW - 9_000 }),
      part(2, 0, { maxTimestamp: NOW - 10 }),
    ];
    const log = logOf({ 'retention.ms': 1_000 }, [
      sealed(0, { partitions }),
      active(1),
    ]);
    expect(dueIn(log)).toEqual([]);
  });

  it('does not wait for a partition that has nothing in it', () => {
    const partitions = [
      part(1, 0, { maxTimestamp: NOW - 9_000 }),
      emptyPart(2, 0),
    ];
    const log = logOf({ 'retention.ms': 1_000 }, [
      sealed(0, { partitions }),
      active(1),
    ]);
    expect(dueIn(log)).toEqual(['0 retention.ms']);
  });

  it('goes by when a segment was sealed where its records bear no timestamp', () => {
    const partitions = [part(1, 0, { maxTimestamp: -1 })];
    const segments = (sealedAt: number) => [
      sealed(0, { partitions, sealedAt }),
      active(1),
    ];
    const config = { 'retention.ms': 1_000 };
    expect(dueIn(logOf(config, segments(NOW - 900)))).toEqual([]);
    expect(dueIn(logOf(config, segments(NOW - 1_100)))).toEqual([
      '0 retention.ms',
    ]);
  });

  it('is off at -1, and where the topic is only compacted', () => {
    const segments = [old(0, NOW), active(1)];
    expect(dueIn(logOf({ 'retention.ms': -1 }, segments))).toEqual([]);
    const compact = { 'retention.ms': 1, 'cleanup.policy': 'compact' };
    expect(dueIn(logOf(compact, segments))).toEqual([]);
    const both = { 'retention.ms': 1, 'cleanup.policy': 'compact,delete' };
    expect(dueIn(logOf(both, segments))).toEqual(['0 retention.ms']);
  });

  it('takes nothing that was not summarised', () => {
    const unknown = part(1, 0, { maxTimestamp: null, sizeBytes: null });
    const log = logOf({ 'retention.ms': 1 }, [
      sealed(0, { partitions: [unknown] }),
      active(1),
    ]);
    expect(dueIn(log)).toEqual([]);
  });

  it('seals the active segment once nothing is before it and all of it is past', () => {
    const config = { 'retention.ms': 1_000 };
    const alone = logOf(config, [active(1)]);
    expect(isActiveExpired(alone, NOW - 1_001)).toBe(true);
    expect(isActiveExpired(alone, NOW - 1_000)).toBe(false);
    expect(isActiveExpired(alone, null)).toBe(false);
    const behind = logOf(config, [old(0, 5), active(1)]);
    expect(isActiveExpired(behind, NOW - 9_000)).toBe(false);
  });
});

describe('Retention by bytes of a partition', () => {
  const config = { 'retention.bytes': 250, 'retention.ms': -1 };
  const two = (number: number, first: number, second: number) =>
    sealed(number, {
      partitions: [
        part(1, number * 10, { sizeBytes: first }),
        part(2, number * 10, { sizeBytes: second }),
      ],
    });

  it('takes the oldest while what is left is no less than it', () => {
    const log = logOf(config, [sealed(0), sealed(1), sealed(2), active(3)]);
    expect(dueIn(log, new Map([[1, 49]]))).toEqual([]);
    expect(dueIn(log, new Map([[1, 50]]))).toEqual(['0 retention.bytes']);
    expect(dueIn(log, new Map([[1, 250]]))).toHaveLength(3);
  });

  it('waits until every partition stays above it without the segment', () => {
    const enough = new Map([
      [1, 500],
      [2, 100],
    ]);
    const log = logOf(config, [two(0, 100, 100), two(1, 100, 100), active(2)]);
    expect(dueIn(log, enough)).toEqual([]);
    const more = logOf(config, [two(0, 100, 100), two(1, 100, 150), active(2)]);
    expect(dueIn(more, enough)).toEqual(['0 retention.bytes']);
  });

  it('does not wait for a partition that has nothing in the segment', () => {
    const oldest = sealed(0, { partitions: [part(1, 0), emptyPart(2, 0)] });
    const log = logOf(config, [oldest, active(1)]);
    expect(dueIn(log, new Map([[1, 250]]))).toEqual(['0 retention.bytes']);
  });

  it('is worth a look at the active leaf only where that may decide', () => {
    const log = logOf(config, [sealed(0), active(1)]);
    expect(mayExceedBytes(log, 249)).toBe(false);
    expect(mayExceedBytes(log, 250)).toBe(true);
    expect(mayExceedBytes(logOf({}, [sealed(0)]), 1e9)).toBe(false);
    expect(mayExceedBytes(logOf(config, [active(0)]), 1e9)).toBe(false);
  });
});

describe('Retention by bytes of a topic', () => {
  const config = { 'retention.topic.bytes': 2_000, 'retention.ms': -1 };

  it('takes the oldest while the sealed leaves are larger on disk', () => {
    const segments = [sealed(0), sealed(1), sealed(2), active(3)];
    expect(dueIn(logOf(config, segments))).toEqual(['0 retention.topic.bytes']);
    expect(dueIn(logOf(config, segments.slice(1)))).toEqual([]);
  });
});

describe('DeleteRecords', () => {
  const started = (number: number, first: bigint, second: bigint) =>
    sealed(number, {
      partitions: [
        part(1, number * 10, { logStartOffset: first }),
        part(2, number * 10, { logStartOffset: second }),
      ],
    });

  it('lets a segment go once every partition starts behind it', () => {
    const config = { 'retention.ms': -1 };
    const log = logOf(config, [
      started(0, 15n, 10n),
      started(1, 15n, 10n),
      active(2),
    ]);
    expect(dueIn(log)).toEqual(['0 log start']);
    const half = logOf(config, [started(0, 15n, 9n), active(1)]);
    expect(dueIn(half)).toEqual([]);
  });

  it('does so whatever the policy, and before the segment is summarised', () => {
    const log = logOf({ 'cleanup.policy': 'compact' }, [
      sealed(0, {
        sizeBytes: null,
        partitions: [part(1, 0, { logStartOffset: 10n, sizeBytes: null })],
      }),
      active(1),
    ]);
    expect(dueIn(log)).toEqual(['0 log start']);
  });
});
