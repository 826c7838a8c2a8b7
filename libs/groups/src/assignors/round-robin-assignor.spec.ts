import { describe, expect, it } from '@jest/globals';
import { GroupModel, memberOf, told } from './fixtures/group-model.js';
import { roundRobinAssignor } from './round-robin-assignor.js';

/** What it says of a group, as lines. */
function dealt(group: GroupModel): string[] {
  return told(roundRobinAssignor.assign(group.request));
}

describe('roundRobinAssignor', () => {
  it("deals all partitions of all topics in turn, as the documentation of Kafka's RoundRobinAssignor shows", () => {
    const group = new GroupModel().add('b', 3).add('a', 3);
    expect(dealt(group.join('c1').join('c0'))).toEqual([
      'c0 a0 a2 b1',
      'c1 a1 b0 b2',
    ]);
  });

  it('passes over members that do not subscribe to the topic, as shown there', () => {
    const group = new GroupModel().add('t', 1).add('u', 2).add('v', 3);
    group.join('c0', ['t']).join('c1', ['t', 'u']).join('c2', ['t', 'u', 'v']);
    expect(dealt(group)).toEqual(['c0 t0', 'c1 u0', 'c2 u1 v0 v1 v2']);
  });

  it('goes on around the members after one was passed over', () => {
    const group = new GroupModel().add('a', 2).add('b', 4);
    group.join('m1').join('m2', ['a']).join('m3');
    expect(dealt(group)).toEqual(['m1 a0 b1 b3', 'm2 a1', 'm3 b0 b2']);
  });

  it('serves static members first, by instance id', () => {
    const group = new GroupModel().add('a', 2).join('m1');
    const topics = ['a'];
    group.put({ ...memberOf('m2'), instanceId: 'i', topics });
    expect(dealt(group)).toEqual(['m2 a0', 'm1 a1']);
  });

  it('leaves a topic alone that nobody subscribes to, and a group alone that is empty', () => {
    const group = new GroupModel().add('a', 2);
    expect(dealt(group)).toEqual([]);
    expect(dealt(group.join('m1', ['gone']))).toEqual(['m1']);
  });
});
