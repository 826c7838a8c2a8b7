import { describe, expect, it } from '@jest/globals';
import { topicConfig, type DescribedTopic } from '#log';
import { readingsOf, type StartPosition } from './start-offset.js';

const topic: DescribedTopic = {
  number: 1,
  id: '00000000-0000-4000-8000-000000000000',
  name: 'doors',
  config: topicConfig({ 'max.message.bytes': 1_000 }),
  overrides: {},
  segmentNumber: 0,
  leaf: 'log_1_0',
  partitions: [
    { id: 11, index: 0, leaderEpoch: 0, logStartOffset: 5n, logEndOffset: 9n },
    { id: 12, index: 1, leaderEpoch: 0, logStartOffset: 0n, logEndOffset: 2n },
  ],
};

function offsets(from: StartPosition, index?: number): bigint[] {
  return readingsOf(topic, from, index).map(({ offset }) => offset);
}

describe('readingsOf', () => {
  it.each<[StartPosition, bigint[]]>([
    ['earliest', [5n, 0n]],
    ['latest', [9n, 2n]],
    [7n, [7n, 2n]],
    [1n, [5n, 1n]],
  ])(
    'reads all partitions from %s, or from the nearest offset',
    (from, all) => {
      expect(offsets(from)).toEqual(all);
    },
  );

  it.each<[StartPosition, bigint]>([
    ['latest', 9n],
    [5n, 5n],
    [9n, 9n],
  ])('reads one partition from %s', (from, offset) => {
    expect(offsets(from, 0)).toEqual([offset]);
  });

  it.each([4n, 10n])('refuses offset %s of the partition asked for', (from) => {
    expect(() => offsets(from, 0)).toThrow(
      expect.objectContaining({
        code: 'OFFSET_OUT_OF_RANGE',
        message: `offset ${from} of doors-0 is out of range: it has 5 to 9`,
      }),
    );
  });

  it('refuses a partition that the topic does not have', () => {
    expect(() => offsets('earliest', 2)).toThrow(
      expect.objectContaining({ code: 'UNKNOWN_TOPIC_OR_PARTITION' }),
    );
  });
});
