import { describe, expect, it } from '@jest/globals';
import { GroupModel, memberOf, told } from './fixtures/group-model.js';
import { rangeAssignor } from './range-assignor.js';

/** What it says of a group, as lines. */
function ranges(group: GroupModel): string[] {
  return told(rangeAssignor.assign(group.request));
}

describe('rangeAssignor', () => {
  it('gives each member one contiguous range of each topic, and the first ones one more', () => {
    const group = new GroupModel().add('a', 8).join('m2').join('m1').join('m3');
    expect(ranges(group)).toEqual(['m1 a0 a1 a2', 'm2 a3 a4 a5', 'm3 a6 a7']);
  });

  it("does what the documentation of Kafka's RangeAssignor shows", () => {
    const group = new GroupModel().add('a', 3).add('b', 3);
    expect(ranges(group.join('c0').join('c1'))).toEqual([
      'c0 a0 a1 b0 b1',
      'c1 a2 b2',
    ]);
  });

  it('gives partitions of one index to one member, where topics have equally many', () => {
    const group = new GroupModel().add('orders', 7).add('payments', 7);
    for (const member of ['m1', 'm2', 'm3']) group.join(member);
    for (const partitions of rangeAssignor.assign(group.request).values()) {
      const indexes = (topic: string): number[] =>
        partitions.filter((p) => p.topic === topic).map((p) => p.partition);
      expect(indexes('orders')).toEqual(indexes('payments'));
    }
  });

  it('cuts a topic for those only that subscribe to it', () => {
    const group = new GroupModel().add('a', 2).add('b', 3);
    group.join('m1', ['a']).join('m2', ['b', 'a']).join('m3', ['b']);
    expect(ranges(group)).toEqual(['m1 a0', 'm2 a1 b0 b1', 'm3 b2']);
  });

  it('gives nothing to members beyond the number of partitions', () => {
    const group = new GroupModel().add('a', 1).join('m1').join('m2');
    expect(ranges(group)).toEqual(['m1 a0', 'm2']);
  });

  it('serves static members first, by instance id, whatever their member ids are', () => {
    const group = new GroupModel().add('a', 3).join('a-dynamic');
    for (const [memberId, instanceId] of [
      ['y', 'i1'],
      ['x', 'i2'],
    ] as const) {
      group.put({ ...memberOf(memberId), instanceId, topics: ['a'] });
    }
    expect(ranges(group)).toEqual(['y a0', 'x a1', 'a-dynamic a2']);
  });

  it('ignores topics that do not exist, and those that a member names twice', () => {
    const group = new GroupModel().add('a', 2);
    group.join('m1', ['a', 'gone', 'a']).join('m2', ['gone']);
    expect(ranges(group)).toEqual(['m1 a0 a1', 'm2']);
  });

  it('leaves a topic alone that nobody subscribes to, and a group alone that is empty', () => {
    const group = new GroupModel().add('a', 2);
    expect(ranges(group)).toEqual([]);
    expect(ranges(group.join('m1', []))).toEqual(['m1']);
  });
});
