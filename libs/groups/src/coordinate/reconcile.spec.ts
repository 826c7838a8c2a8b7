import { describe, expect, it } from '@jest/globals';
import { SeededNumbers } from '../assignors/fixtures/seeded-numbers.js';
import type { Assignor } from '../assignors/assignor.js';
import { GroupInMemory } from './fixtures/group-in-memory.js';
import type { GroupState } from './group-state.js';
import { isIdle, isUnconcerned } from './reconcile.js';

describe('reconcile', () => {
  it('gives a partition to its new owner only after the old one has let go', () => {
    const group = groupOf(4);
    const first = group.join();
    group.turn();
    const second = group.join();
    group.turn();
    expect(group.ownedBy(first)).toHaveLength(4);
    expect(group.ownedBy(second)).toEqual([]);
    group.release(first);
    group.turn();
    expect(group.ownedBy(first)).toHaveLength(2);
    expect(group.ownedBy(second)).toHaveLength(2);
  });

  it('gives nothing of a dead member to others before it is fenced', () => {
    const group = groupOf(4);
    const dead = group.join();
    group.turn();
    const other = group.join();
    group.become(dead, 'gone');
    const plan = group.turn({}, () => false);
    expect(plan.unfinished).toBe(true);
    expect(group.ownedBy(dead)).toHaveLength(4);
    group.turn();
    expect(group.ownedBy(other)).toHaveLength(4);
    expect(group.state.members).toHaveLength(1);
  });

  it('fences a member that does not give up in time', () => {
    const group = groupOf(2);
    const slow = group.join();
    group.turn();
    const other = group.join();
    group.turn();
    group.become(slow, 'overdue');
    group.turn();
    expect(group.ownedBy(other)).toHaveLength(2);
    expect(group.ownedBy(slow)).toEqual([]);
  });

  it('lets a static member that comes back have what it had, in a new generation', () => {
    const group = groupOf(4);
    group.join();
    group.turn();
    const before = group.join({ instanceId: 'two' });
    settle(group);
    const had = group.ownedBy(before);
    const { generation } = group.state;
    group.become(before, 'away');
    group.turn();
    expect(group.ownedBy(before)).toEqual(had);
    const after = group.join({ instanceId: 'two' });
    group.turn();
    expect(group.ownedBy(after)).toEqual(had);
    for (const { owner, epoch } of group.state.partitions)
      if (owner === after) expect(epoch).toBeGreaterThan(generation);
  });

  it('takes from a static member that is away what somebody else is to have, once it is fenced', () => {
    const group = groupOf(4);
    const away = group.join({ instanceId: 'one' });
    group.turn();
    group.become(away, 'away');
    const other = group.join();
    expect(group.turn().unfinished).toBe(true);
    group.turn();
    expect(group.ownedBy(other)).toHaveLength(2);
    expect(group.ownedBy(away)).toHaveLength(2);
  });

  it('leaves the targets to somebody who knows the assignor, and frees what dead members had', () => {
    const group = groupOf(2);
    const dead = group.join({ assignor: 'mine' });
    group.turn();
    expect(group.state.assignmentEpoch).toBeLessThan(group.state.generation);
    const mine = new Map([
      [
        'mine',
        {
          name: 'mine',
          assign: () => new Map([['m001', []]]),
        },
      ],
    ]);
    group.turn({ assignors: mine });
    expect(group.state.assignmentEpoch).toBe(group.state.generation);
    group.become(dead, 'gone');
    group.turn();
    expect(group.state.members).toEqual([]);
    expect(group.state.assignmentEpoch).toBe(group.state.generation);
  });

  it('can give a partition on twice in one generation, so that a commit names its member too', () => {
    const group = groupOf(1);
    const first = group.join();
    group.turn();
    // Who is to have it next is decided by a process that knows the assignor, in a generation that has begun.
    const second = group.join({ instanceId: 'two', assignor: 'sticky' });
    const toSecond = fixed('sticky', group, second);
    group.turn({ assignors: toSecond });
    const third = group.join({ assignor: 'sticky' });
    group.release(first);
    group.turn({ assignors: new Map() });
    expect(group.ownedBy(second)).toHaveLength(1);
    const [{ epoch } = { epoch: 0 }] = group.state.partitions;
    group.turn({ assignors: fixed('sticky', group, third) });
    group.release(second);
    group.turn();
    expect(group.ownedBy(third)).toHaveLength(1);
    expect(group.state.partitions).toMatchObject([{ epoch }]);
  });

  it('tells nobody of topics that do not concern the group', () => {
    const group = groupOf(2);
    group.join();
    group.turn();
    group.topic('elsewhere', 21, 22);
    const before = group.state;
    const plan = group.turn();
    expect(isIdle(before, plan)).toBe(false);
    expect(isUnconcerned(before, plan)).toBe(true);
  });

  it('keeps the assignment when an assignor fails or gives an impossible answer', () => {
    const group = groupOf(2);
    const only = group.join();
    group.turn();
    group.join({ assignor: 'sticky' });
    const failures: unknown[] = [];
    const broken = {
      name: 'sticky',
      assign: () => new Map([['nobody', []]]),
    };
    group.turn({
      assignors: new Map([['sticky', broken]]),
      onFailure: (error) => failures.push(error),
    });
    expect(failures).toMatchObject([{ code: 'INVALID_CONFIG' }]);
    expect(group.ownedBy(only)).toHaveLength(2);
  });

  it('changes nothing when nothing has happened', () => {
    const group = groupOf(5);
    group.join();
    group.join();
    settle(group);
    const before = group.state;
    group.turn();
    expect(group.state).toBe(before);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'keeps its rules through whatever happens (seed %i)',
    (seed) => {
      const random = new SeededNumbers(seed);
      const group = groupOf(7);
      for (let step = 0; step < 400; step += 1) {
        happen(group, random);
        const before = group.state;
        group.turn({}, () => random.below(10) < 7);
        checkStep(before, group.state);
      }
      settle(group);
      checkSettled(group);
    },
  );
});

function groupOf(partitions: number): GroupInMemory {
  const group = new GroupInMemory();
  group.topic('t', ...Array.from({ length: partitions }, (_, n) => n + 1));
  return group;
}

/** An assignor of that name that gives a member everything. */
function fixed(
  name: string,
  group: GroupInMemory,
  number: number,
): ReadonlyMap<string, Assignor> {
  const isIt = (member: { number: number }) => member.number === number;
  const { memberId = '' } = group.state.members.find(isIt) ?? {};
  const assign: Assignor['assign'] = ({ members, topics }) =>
    new Map(
      members.map((each) => [
        each.memberId,
        each.memberId === memberId ? [...topics.values()].flat() : [],
      ]),
    );
  return new Map([[name, { name, assign }]]);
}

/** Everybody gives up what he is asked for, and who is to be fenced is, until nothing moves any more. */
function settle(group: GroupInMemory): void {
  for (let round = 0; round < 5; round += 1) {
    group.turn();
    for (const { number, condition } of group.state.members)
      if (condition === 'here') group.release(number);
  }
  group.turn();
}

function happen(group: GroupInMemory, random: SeededNumbers): void {
  const { members } = group.state;
  const someone = members.length > 0 ? random.pick(members) : undefined;
  const kind = random.below(8);
  if (!someone || (kind === 0 && members.length < 6)) {
    const instanceId = random.below(3) === 0 ? `i${random.below(2)}` : null;
    group.join({ instanceId, topics: random.below(4) ? ['t'] : ['t', 'u'] });
  } else if (kind === 1) group.become(someone.number, 'gone');
  else if (kind === 2) group.become(someone.number, 'overdue');
  else if (kind === 3 && someone.instanceId)
    group.become(someone.number, random.pick(['away', 'gone']));
  else if (kind === 4) group.topic('u', 11, 12, ...random.some([13, 14, 15]));
  else if (kind === 5) group.dropTopic('u');
  else if (someone.condition === 'here') group.release(someone.number);
}

/** What a turn may never do. */
function checkStep(before: GroupState, after: GroupState): void {
  expect(after.generation).toBeGreaterThanOrEqual(before.generation);
  const then = new Map(before.partitions.map((each) => [each.id, each]));
  const there = new Map(after.members.map((each) => [each.number, each]));
  for (const { id, owner, epoch } of after.partitions) {
    const was = then.get(id);
    if (owner !== null) expect(there.has(owner)).toBe(true);
    if (!was || was.owner === owner) continue;
    // Only who let go, was removed, or is a static member that is not there, loses a partition.
    const holder = was.owner === null ? undefined : there.get(was.owner);
    expect(holder?.condition).not.toBe('here');
    if (owner !== null) expect(epoch).toBeGreaterThan(was.epoch);
  }
}

/** Once everybody did what he was asked for, each partition that is subscribed to is its target's. */
function checkSettled({ state }: GroupInMemory): void {
  const topics = new Set(state.members.flatMap((member) => member.topics));
  const wanted = state.topics
    .filter(({ name }) => topics.has(name))
    .flatMap(({ partitionIds }) => partitionIds);
  const owned = state.partitions.filter(({ owner }) => owner !== null);
  for (const { owner, target } of owned) expect(owner).toBe(target);
  expect(new Set(owned.map(({ partitionId }) => partitionId))).toEqual(
    new Set(wanted),
  );
}
