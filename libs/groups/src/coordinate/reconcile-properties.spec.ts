import { describe, expect, it } from '@jest/globals';
import { ASSIGNORS } from '../assignors/assignors.js';
import { SeededNumbers } from '../assignors/fixtures/seeded-numbers.js';
import { GroupInMemory } from './fixtures/group-in-memory.js';

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];
const PARTITIONS = 24;

describe('reconcile, whatever happens', () => {
  it.each(SEEDS)(
    'moves no more than a member that comes is to have, and what one that goes had (seed %i)',
    (seed) => {
      const random = new SeededNumbers(seed);
      const group = groupOf(PARTITIONS);
      for (let step = 0; step < 60; step += 1) {
        const before = ownersOf(group);
        const { members } = group.state;
        const comes = members.length < 2 || random.below(2) === 0;
        const someone = comes ? group.join() : random.pick(members).number;
        const had = group.ownedBy(someone).length;
        if (!comes) group.become(someone, 'gone');
        settle(group);
        const after = ownersOf(group);
        const moved = [...before].filter(
          ([id, owner]) => after.get(id) !== owner,
        );
        const most = Math.ceil(PARTITIONS / group.state.members.length);
        expect(moved.length).toBeLessThanOrEqual(comes ? most : had);
      }
    },
  );

  it.each(SEEDS)(
    'asks nobody twice, and of nobody what he is to keep (seed %i)',
    (seed) => {
      const random = new SeededNumbers(seed);
      const group = groupOf(PARTITIONS);
      for (let step = 0; step < 60; step += 1) {
        const { members } = group.state;
        if (members.length < 6 || random.below(2) === 0) group.join();
        else group.become(random.pick(members).number, 'gone');
        group.turn();
        const asked = askedOf(group);
        // Nothing has happened since: neither those who keep theirs nor those who are asked hear anything new.
        const { state } = group;
        group.turn();
        expect(group.state).toBe(state);
        // One of those who are asked gives up. What the others have stays as it is.
        const giver = [...asked.values()][0];
        if (giver === undefined) continue;
        const others = ownersOf(group);
        group.release(giver);
        group.turn();
        for (const [id, owner] of others)
          if (owner !== giver) expect(ownersOf(group).get(id)).toBe(owner);
      }
    },
  );

  it.each(SEEDS)(
    'grants a partition never twice to one member in one generation, also while its assignor is away or fails (seed %i)',
    (seed) => {
      const random = new SeededNumbers(seed);
      const group = groupOf(5);
      const granted = new Set<string>();
      for (let step = 0; step < 400; step += 1) {
        happen(group, random);
        const before = new Map(
          group.state.partitions.map((each) => [each.id, each]),
        );
        group.turn(howAssigned(random), () => random.below(10) < 7);
        for (const { id, owner, epoch } of group.state.partitions) {
          if (owner === null || before.get(id)?.owner === owner) continue;
          const grant = `${id} ${owner} ${epoch}`;
          expect(granted).not.toContain(grant);
          granted.add(grant);
        }
      }
      settle(group);
      expect(group.state.assignmentEpoch).toBe(group.state.generation);
      for (const { owner, target } of group.state.partitions)
        expect(owner).toBe(target);
    },
  );
});

function groupOf(partitions: number): GroupInMemory {
  const group = new GroupInMemory();
  group.topic('t', ...Array.from({ length: partitions }, (_, n) => n + 1));
  return group;
}

/** Known and well, unknown to whoever takes the turn, or failing. */
function howAssigned(random: SeededNumbers) {
  const kind = random.below(3);
  if (kind === 0) return { assignors: ASSIGNORS };
  if (kind === 1) return { assignors: new Map() };
  const assign = () => {
    throw new Error('not today');
  };
  return { assignors: new Map([['sticky', { name: 'sticky', assign }]]) };
}

function happen(group: GroupInMemory, random: SeededNumbers): void {
  const { members } = group.state;
  const someone = members.length > 0 ? random.pick(members) : undefined;
  const kind = random.below(6);
  if (!someone || (kind === 0 && members.length < 5))
    group.join({ instanceId: random.below(2) ? `i${random.below(3)}` : null });
  else if (kind === 1) group.become(someone.number, 'gone');
  else if (kind === 2 && someone.instanceId)
    group.become(someone.number, 'away');
  else if (someone.condition === 'here') group.release(someone.number);
}

/** Everybody gives up what he is asked for, until nothing moves any more. */
function settle(group: GroupInMemory): void {
  for (let round = 0; round < 5; round += 1) {
    group.turn();
    for (const { number, condition } of group.state.members)
      if (condition === 'here') group.release(number);
  }
  group.turn();
}

function ownersOf({ state }: GroupInMemory): Map<number, number | null> {
  return new Map(
    state.partitions.map(({ partitionId, owner }) => [partitionId, owner]),
  );
}

/** By the partition: who has it and is to give it up. */
function askedOf({ state }: GroupInMemory): Map<number, number> {
  const asked = new Map<number, number>();
  for (const { partitionId, owner, target } of state.partitions)
    if (owner !== null && owner !== target) asked.set(partitionId, owner);
  return asked;
}
