import { describe, expect, it } from '@jest/globals';
import type { AssignmentRequest } from './assignor.js';
import { checkAssignment, type Assignment } from './check-assignment.js';
import {
  bestOf,
  fewestMoves,
  holdersOf,
  movesOf,
  ownedIn,
  unevenness,
} from './fixtures/assignment-rules.js';
import { GroupModel } from './fixtures/group-model.js';
import { SeededNumbers } from './fixtures/seeded-numbers.js';
import { ASSIGNORS } from './assignors.js';
import { roundRobinAssignor } from './round-robin-assignor.js';
import { stickyAssignor } from './sticky-assignor.js';

const seeds = Array.from({ length: 60 }, (_, seed) => seed);

function countsOf(assignment: Assignment): number[] {
  return [...assignment.values()].map(({ length }) => length);
}

/** Changes one thing: a member more or fewer, more partitions; with `choose` also subscriptions and topics. */
function change(
  group: GroupModel,
  random: SeededNumbers,
  choose?: () => string[],
): void {
  const some = random.pick(group.memberIds);
  const what = random.below(choose ? 6 : 3);
  if (what === 0) group.leave(some);
  else if (what === 1) group.join(`m${random.below(1000)}`, choose?.());
  else if (what === 2) group.add(random.pick(group.topics), random.below(4));
  else if (what === 3) group.join(some, choose?.());
  else if (what === 4) group.add(`t${random.below(100)}`, 1 + random.below(5));
  else group.drop(random.pick(group.topics));
  if (group.topics.length === 0) group.add('t0', 3);
  if (group.memberIds.length === 0) group.join('m0', choose?.());
}

/** A group of some size, with topics of different sizes. */
function randomGroup(
  random: SeededNumbers,
  size: { topics: number; partitions: number; members: number },
  choose?: (group: GroupModel) => string[],
): GroupModel {
  const group = new GroupModel();
  for (let topic = 0; topic <= random.below(size.topics); topic += 1) {
    group.add(`t${topic}`, 1 + random.below(size.partitions));
  }
  for (let member = 0; member <= random.below(size.members); member += 1) {
    group.join(`m${member}`, choose?.(group));
  }
  return group;
}

/** Lets anybody own anything, also what it does not subscribe to; of four partitions, one is nobody's. */
function dealAtRandom(group: GroupModel, random: SeededNumbers): void {
  const { members, topics } = group.request;
  const all = [...topics.values()].flat().filter(() => random.below(4) > 0);
  const owners = new Map(all.map((p) => [p, random.pick(members)]));
  for (const member of members) {
    const owned = all.filter((partition) => owners.get(partition) === member);
    group.put({ ...member, owned });
  }
}

/** Every partition that somebody subscribes to is one member's, and no other is anybody's. */
function expectAllAssignedOnce(
  assignor: string,
  request: AssignmentRequest,
  assignment: Assignment,
): void {
  checkAssignment(assignor, request, assignment);
  const subscribed = new Set(request.members.flatMap(({ topics }) => topics));
  const wanted = [...request.topics]
    .filter(([topic]) => subscribed.has(topic))
    .flatMap(([, partitions]) => partitions.map(({ id }) => id));
  const byNumber = (one: number, other: number): number => one - other;
  expect([...holdersOf(assignment).keys()].sort(byNumber)).toEqual(
    wanted.sort(byNumber),
  );
}

/** No partition can go to another subscriber of its topic that has two or more fewer: Kafka's words. */
function expectNoBetterMove(
  request: AssignmentRequest,
  assignment: Assignment,
): void {
  for (const [holder, partitions] of assignment) {
    const topics = new Set(partitions.map(({ topic }) => topic));
    for (const other of request.members) {
      if (!other.topics.some((topic) => topics.has(topic))) continue;
      const count = assignment.get(other.memberId)?.length ?? 0;
      expect([holder, partitions.length - count < 2]).toEqual([holder, true]);
    }
  }
}

/** The same group in another order. */
function reordered(
  { members, topics }: AssignmentRequest,
  random: SeededNumbers,
): AssignmentRequest {
  return {
    members: random
      .shuffled(members)
      .map((m) => ({ ...m, topics: random.shuffled(m.topics) })),
    topics: new Map(random.shuffled([...topics])),
  };
}

/** The same group, whose members have each other's names. */
function renamed(
  { members, topics }: AssignmentRequest,
  random: SeededNumbers,
): AssignmentRequest {
  const names = random.shuffled(members.map(({ memberId }) => memberId));
  return {
    members: members.map((member, index) => ({
      ...member,
      memberId: names[index] ?? '',
    })),
    topics,
  };
}

const LARGE = { topics: 6, partitions: 12, members: 9 };
const SMALL = { topics: 4, partitions: 3, members: 4 };

describe('any assignor', () => {
  it('gives every subscribed partition to exactly one subscriber, whatever changes', () => {
    for (const seed of seeds) {
      const random = new SeededNumbers(seed);
      const choose = (): string[] => random.some(group.topics);
      const group = randomGroup(random, LARGE, (g) => random.some(g.topics));
      for (let step = 0; step < 20; step += 1) {
        change(group, random, choose);
        for (const [name, assignor] of ASSIGNORS) {
          const { request } = group;
          expectAllAssignedOnce(name, request, assignor.assign(request));
        }
        group.assign(random.pick([...ASSIGNORS.values()]));
      }
    }
  });

  it('says the same, in whatever order members and topics stand', () => {
    for (const seed of seeds) {
      const random = new SeededNumbers(seed);
      const group = randomGroup(random, LARGE, (g) => random.some(g.topics));
      for (const assignor of ASSIGNORS.values()) {
        group.assign(stickyAssignor);
        change(group, random, () => random.some(group.topics));
        const { request } = group;
        expect([...assignor.assign(reordered(request, random))]).toEqual([
          ...assignor.assign(request),
        ]);
      }
    }
  });
});

describe('stickyAssignor where all subscribe to the same', () => {
  it('keeps counts within one of each other, by the fewest moves there are', () => {
    for (const seed of seeds) {
      const random = new SeededNumbers(seed);
      const group = randomGroup(random, LARGE);
      for (let step = 0; step < 20; step += 1) {
        change(group, random);
        const { request } = group;
        const assignment = group.assign(stickyAssignor);
        const counts = countsOf(assignment);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThan(2);
        expect(movesOf(request, assignment)).toBe(fewestMoves(request));
      }
    }
  });

  it('moves to a newcomer its share and nothing else', () => {
    for (const seed of seeds) {
      const group = randomGroup(new SeededNumbers(seed), LARGE);
      group.assign(stickyAssignor);
      const { request } = group.join('newcomer');
      const assignment = group.assign(stickyAssignor);
      const share = ownedIn(request).size / request.members.length;
      expect(movesOf(request, assignment)).toBe(Math.floor(share));
      expect(assignment.get('newcomer')).toHaveLength(Math.floor(share));
    }
  });

  it('moves only what was its own when a member leaves', () => {
    for (const seed of seeds) {
      const random = new SeededNumbers(seed);
      const group = randomGroup(random, LARGE).join('stays').join('leaves');
      group.assign(stickyAssignor);
      group.leave(random.pick(group.memberIds));
      const { request } = group;
      expect(movesOf(request, stickyAssignor.assign(request))).toBe(0);
    }
  });

  it('has as many moves to make after another assignor as the formula says', () => {
    let others = 0;
    for (const seed of seeds) {
      const random = new SeededNumbers(seed);
      const group = randomGroup(random, LARGE).join('another');
      group.assign(random.pick([...ASSIGNORS.values()]));
      change(group, random);
      const { request } = group;
      const fewest = fewestMoves(request);
      expect(movesOf(request, stickyAssignor.assign(request))).toBe(fewest);
      others += movesOf(request, roundRobinAssignor.assign(request)) - fewest;
    }
    // The same check tells an assignor that is not sticky.
    expect(others).toBeGreaterThan(seeds.length);
  });

  it('has of no topic two more than another member, where everything is free', () => {
    for (const seed of seeds) {
      const group = randomGroup(new SeededNumbers(seed), LARGE);
      const assignment = stickyAssignor.assign(group.request);
      for (const name of group.topics) {
        const counts = [...assignment.values()].map(
          (all) => all.filter(({ topic }) => topic === name).length,
        );
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThan(2);
      }
    }
  });
});

describe('stickyAssignor where subscriptions differ', () => {
  it('leaves no partition that could go to a subscriber with two or more fewer, and then rests', () => {
    for (const seed of seeds) {
      const random = new SeededNumbers(seed);
      const choose = (): string[] => random.some(group.topics);
      const group = randomGroup(random, LARGE, (g) => random.some(g.topics));
      for (let step = 0; step < 20; step += 1) {
        change(group, random, choose);
        const assignment = group.assign(stickyAssignor);
        expectNoBetterMove(group.request, assignment);
        expect(stickyAssignor.assign(group.request)).toEqual(assignment);
      }
    }
  });

  it('is the best of all that are possible: the most balanced, then the fewest moves', () => {
    for (let seed = 0; seed < 500; seed += 1) {
      const random = new SeededNumbers(seed);
      const group = randomGroup(random, SMALL, (g) => random.some(g.topics));
      dealAtRandom(group, random);
      const { request } = group;
      const assignment = stickyAssignor.assign(request);
      const moves = movesOf(request, assignment);
      const best = [unevenness(countsOf(assignment)), moves];
      expect([seed, ...best]).toEqual([seed, ...bestOf(request)]);
    }
  });

  it('is as good under any other names of the members, although it serves them in another order', () => {
    for (const seed of seeds) {
      const random = new SeededNumbers(seed);
      const group = randomGroup(random, LARGE, (g) => random.some(g.topics));
      for (let step = 0; step < 5; step += 1) {
        group.assign(random.pick([...ASSIGNORS.values()]));
        change(group, random, () => random.some(group.topics));
        const { request } = group;
        const found = [request, renamed(request, random)].map((asked) => {
          const assignment = stickyAssignor.assign(asked);
          return [unevenness(countsOf(assignment)), movesOf(asked, assignment)];
        });
        expect([seed, found[0]]).toEqual([seed, found[1]]);
      }
    }
  });
});
