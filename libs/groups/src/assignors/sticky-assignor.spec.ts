import { describe, expect, it } from '@jest/globals';
import { movesOf } from './fixtures/assignment-rules.js';
import { GroupModel, memberOf, told } from './fixtures/group-model.js';
import { stickyAssignor } from './sticky-assignor.js';

/** What it says of a group, as lines; the group has it from then on. */
function stuck(group: GroupModel): string[] {
  return told(group.assign(stickyAssignor));
}

describe('stickyAssignor', () => {
  it('spreads each topic, where everything is free', () => {
    const group = new GroupModel().add('a', 3).add('b', 3);
    expect(stuck(group.join('c1').join('c0'))).toEqual([
      'c0 a0 a2 b1',
      'c1 a1 b0 b2',
    ]);
  });

  it('moves nothing when nothing changed', () => {
    const group = new GroupModel().add('a', 5).join('m1').join('m2').join('m3');
    const before = stuck(group);
    expect(stuck(group)).toEqual(before);
  });

  it('gives a newcomer its share of each topic, and moves nothing between the others', () => {
    const group = new GroupModel().add('a', 6).add('b', 6).join('m1');
    stuck(group.join('m2'));
    expect(stuck(group.join('m3'))).toEqual([
      'm1 a0 a2 b0 b2',
      'm2 a1 a3 b1 b3',
      'm3 a4 a5 b4 b5',
    ]);
  });

  it('takes different topics from several members for a newcomer', () => {
    const group = new GroupModel().add('a', 4).add('b', 4).add('c', 4);
    for (const member of ['m1', 'm2', 'm3', 'm4']) group.join(member);
    stuck(group);
    const joined = group.join('m5').assign(stickyAssignor).get('m5') ?? [];
    expect(joined.map(({ topic }) => topic).sort()).toEqual(['a', 'b']);
  });

  it('moves only the partitions of a member that left', () => {
    const group = new GroupModel().add('t', 8);
    stuck(group.join('m1').join('m2').join('m3').join('m4'));
    group.leave('m2');
    expect(stuck(group)).toEqual(['m1 t0 t1 t4', 'm3 t2 t5 t6', 'm4 t3 t7']);
  });

  it('moves nothing when a static member comes back under another id', () => {
    const group = new GroupModel().add('a', 4).join('m1');
    const member = { ...memberOf('m2'), instanceId: 'i', topics: ['a'] };
    const had = group.put(member).assign(stickyAssignor).get('m2') ?? [];
    group.leave('m2');
    group.put({ ...member, memberId: 'm3', owned: had });
    const back = group.assign(stickyAssignor);
    expect(back.get('m3')).toEqual(had);
  });

  it('is as balanced as the documentation of Kafka shows for different subscriptions, and keeps it', () => {
    const group = new GroupModel().add('t', 1).add('u', 2).add('v', 3);
    group.join('c0', ['t']).join('c1', ['t', 'u']).join('c2', ['t', 'u', 'v']);
    expect(stuck(group)).toEqual(['c0 t0', 'c1 u0 u1', 'c2 v0 v1 v2']);
    group.leave('c0');
    expect(stuck(group)).toEqual(['c1 t0 u0 u1', 'c2 v0 v1 v2']);
  });

  it('balances by way of others, where two members have no topic in common', () => {
    const group = new GroupModel().add('a', 3).add('b', 3);
    group.join('m1', ['a']).join('m2', ['a', 'b']);
    stuck(group);
    expect(stuck(group.join('m3', ['b']))).toEqual([
      'm1 a0 a1',
      'm2 a2 b0',
      'm3 b1 b2',
    ]);
  });

  it('takes from who can give at once, not from somebody behind him', () => {
    const group = new GroupModel().add('a', 1).add('b', 3);
    const [b0, b1, b2] = group.request.topics.get('b') ?? [];
    const a = group.request.topics.get('a') ?? [];
    const has = (
      memberId: string,
      topics: string[],
      owned: unknown[],
    ): void => {
      group.put({ ...memberOf(memberId), topics, owned: owned as typeof a });
    };
    has('m1', ['b'], [b0, b1]);
    has('m2', ['a', 'b'], [...a, b2]);
    has('m3', ['a'], []);
    expect(stuck(group)).toEqual(['m1 b0 b1', 'm2 b2', 'm3 a0']);
  });

  it('takes from a member what it does not subscribe to any more, and makes up for it', () => {
    const group = new GroupModel().add('a', 2).add('b', 2);
    stuck(group.join('m1').join('m2'));
    expect(stuck(group)).toEqual(['m1 a0 b0', 'm2 a1 b1']);
    expect(stuck(group.join('m1', ['a']))).toEqual(['m1 a0 a1', 'm2 b0 b1']);
  });

  it('deals added partitions, and moves none that there were', () => {
    const group = new GroupModel().add('a', 3).join('m1').join('m2');
    stuck(group);
    const { request } = group.add('a', 3);
    expect(movesOf(request, stickyAssignor.assign(request))).toBe(0);
    expect(stuck(group)).toEqual(['m1 a0 a2 a4', 'm2 a1 a3 a5']);
  });

  it('gives a partition that two members claim to one of them', () => {
    const group = new GroupModel().add('a', 2);
    const owned = group.request.topics.get('a') ?? [];
    group.put({ ...memberOf('m2'), topics: ['a'], owned });
    group.put({ ...memberOf('m1'), topics: ['a'], owned });
    expect(stuck(group)).toEqual(['m1 a0', 'm2 a1']);
  });

  it('ignores claims to partitions that are gone', () => {
    const group = new GroupModel().add('a', 1).add('b', 2).join('m1');
    stuck(group.join('m2'));
    group.drop('b');
    expect(stuck(group)).toEqual(['m1 a0', 'm2']);
  });

  it('lets the one keep a partition that still subscribes to it, where two claim it', () => {
    const group = new GroupModel().add('a', 1).add('b', 1);
    const owned = group.request.topics.get('a') ?? [];
    group.put({ ...memberOf('m1'), topics: ['b'], owned });
    group.put({ ...memberOf('m2'), topics: ['a', 'b'], owned });
    expect(stuck(group)).toEqual(['m1 b0', 'm2 a0']);
  });

  it('leaves a topic alone that nobody subscribes to, and a group alone that is empty', () => {
    const group = new GroupModel().add('a', 2).add('b', 1);
    expect(stuck(group)).toEqual([]);
    expect(stuck(group.join('m1', ['b']).join('m2', []))).toEqual([
      'm1 b0',
      'm2',
    ]);
  });
});
