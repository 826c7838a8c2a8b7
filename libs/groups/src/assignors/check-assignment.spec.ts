import { describe, expect, it } from '@jest/globals';
import type { AssignablePartition, Assignor } from './assignor.js';
import { ASSIGNORS } from './assignors.js';
import { checkAssignment } from './check-assignment.js';
import { GroupModel } from './fixtures/group-model.js';
import { byMemberOrder } from './member-order.js';

const group = new GroupModel().add('a', 2).add('b', 1);
group.join('m1').join('m2', ['a']);
const [a0, a1] = group.request.topics.get('a') as [
  AssignablePartition,
  AssignablePartition,
];
const [b0] = group.request.topics.get('b') as [AssignablePartition];

/** Checks that answer of an assignor called `mine`. */
function check(answer: Record<string, AssignablePartition[]>): void {
  checkAssignment('mine', group.request, new Map(Object.entries(answer)));
}

function refusal(what: string): object {
  const message = `the assignor 'mine' ${what}: correct its assign()`;
  return expect.objectContaining({ code: 'INVALID_CONFIG', message });
}

describe('checkAssignment', () => {
  it('passes what leaves members and partitions out', () => {
    check({});
    check({ m2: [a1] });
    check({ m1: [a0, b0], m2: [] });
  });

  it('passes what the built-in assignors say', () => {
    for (const [name, assignor] of ASSIGNORS) {
      checkAssignment(name, group.request, assignor.assign(group.request));
    }
  });

  it('refuses a partition that two members get, or one member twice', () => {
    expect(() => check({ m1: [a0, a1], m2: [a1] })).toThrow(
      refusal('gives a-1 to m1 and to m2'),
    );
    expect(() => check({ m1: [a0, a0] })).toThrow(
      refusal('gives a-0 to m1 and to m1'),
    );
  });

  it('refuses a member that is not in the group', () => {
    expect(() => check({ stranger: [] })).toThrow(
      refusal('names stranger, which is no member of the group'),
    );
  });

  it('refuses a partition of a topic that the member does not subscribe to', () => {
    expect(() => check({ m2: [b0] })).toThrow(
      refusal('gives b-0 to m2, which does not subscribe to b'),
    );
  });

  it('refuses a partition that does not exist, also one under a wrong id, index or topic', () => {
    for (const unknown of [
      { id: 99, topic: 'a', partition: 7 },
      { id: 99, topic: 'c', partition: 0 },
      { ...a0, id: a1.id },
      { ...a0, partition: 1 },
      { ...a0, topic: 'b' },
    ]) {
      const { id, topic, partition } = unknown;
      expect(() => check({ m1: [unknown] })).toThrow(
        refusal(
          `gives ${topic}-${partition} (id ${id}) to m1, but there is no such partition`,
        ),
      );
    }
  });
});

describe('an assignor of a user', () => {
  it('decides by itself, as the documentation shows', () => {
    const failover: Assignor = {
      name: 'failover',
      assign({ members, topics }) {
        const [first] = members.toSorted(byMemberOrder);
        if (first === undefined) return new Map();
        const all = first.topics.flatMap((topic) => topics.get(topic) ?? []);
        return new Map([[first.memberId, all]]);
      },
    };
    const answer = failover.assign(group.request);
    checkAssignment(failover.name, group.request, answer);
    expect(answer).toEqual(new Map([['m1', [a0, a1, b0]]]));
  });
});
