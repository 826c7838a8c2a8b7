import { expect, it } from '@jest/globals';
import type { GroupHistory } from '../group-history.js';
import { checkGroups } from './check-groups.js';
import {
  committed,
  effect,
  member,
  owned,
  plain,
  SMALL,
  worked,
} from './fixtures/small-history.js';
import { GROUP_RULES, type GroupRule } from './group-violation.js';

const { told, commits, owners, members, effects, log } = SMALL;
const [first] = log;
/** Somebody who comes back to it behind everything. */
const again = (at: number, offsets: readonly number[]) =>
  worked(plain, { who: 'p2', work: 9, at }, offsets);

const DOCTORED: readonly (readonly [
  GroupRule,
  string,
  Partial<GroupHistory>,
])[] = [
  [
    'two owners',
    'two members in one generation',
    { owners: [...owners, owned(plain, 90, 2, 1)] },
  ],
  [
    'two owners',
    'a member that works while another one does',
    {
      members: [
        ...members.filter(({ member: id }) => id !== 1),
        member(plain, 10, 'joined', ['p1', 1]),
      ],
      told: told.map((event) =>
        event.kind === 'ended' && event.who === 'p1'
          ? { ...event, at: 61 }
          : event,
      ),
      commits: commits.map((commit) =>
        commit.group === 'plain' && commit.epoch === 1
          ? { ...commit, at: 61 }
          : commit,
      ),
    },
  ],
  [
    'two owners',
    'a member that works on what it never had',
    { told: [...told, ...worked(plain, { who: 'x', work: 1, at: 80 }, [0])] },
  ],
  [
    'zombie',
    'an offset behind one of a later generation',
    { commits: [...commits, committed(plain, 80, 1, 4)] },
  ],
  [
    'zombie',
    'an offset of a member that was removed',
    {
      members: members.map((each) =>
        each.number === 40 ? { ...each, number: 25 } : each,
      ),
    },
  ],
  [
    'zombie',
    'an offset of no generation that there was',
    { commits: [...commits, committed(plain, 80, 9, 4)] },
  ],
  [
    'zombie',
    'an effect behind one of a later generation',
    {
      effects: effects
        .map((each) => (each.offset === 1n ? { ...each, number: 99 } : each))
        .toSorted((a, b) => a.number - b.number),
    },
  ],
  [
    'zombie',
    'an effect behind the removal of its member',
    {
      effects: effects.map((each) =>
        each.offset === 1n ? { ...each, number: 45 } : each,
      ),
    },
  ],
  [
    'zombie',
    'an effect without an offset',
    {
      effects: effects.map((each) =>
        each.offset === 3n ? { ...each, transaction: 'other' } : each,
      ),
    },
  ],
  ['lost', 'a record without an effect', { effects: effects.slice(0, 3) }],
  [
    'duplicate',
    'two effects of a record',
    { effects: [...effects, effect(99, 3, 60)] },
  ],
  [
    'unhandled',
    'an offset that was committed before its records were handled',
    {
      commits: commits.map((commit) =>
        commit.number === 70 ? { ...commit, at: 59 } : commit,
      ),
    },
  ],
  [
    'order',
    'a record before one of its partition',
    { told: [...told, ...again(80, [3, 2])] },
  ],
  [
    'order',
    'a start that is at no committed offset',
    { told: [...told, ...again(80, [0, 1])] },
  ],
  [
    'order',
    'a record left out',
    {
      told: told.map((event) =>
        event.kind === 'begun' && event.who === 'e2'
          ? { ...event, records: event.records.slice(1) }
          : event,
      ),
    },
  ],
  [
    'backwards',
    'an offset that goes back',
    { commits: [...commits, committed(plain, 80, 2, 3)] },
  ],
  [
    'past the end',
    'an offset without a record before it',
    { commits: [...commits, committed(plain, 80, 2, 7)] },
  ],
  [
    'outcome',
    'a commit that is not there',
    {
      told: [
        ...told,
        { kind: 'told', at: 9, who: 'p1', mark: 'no', outcome: 'committed' },
      ],
    },
  ],
  [
    'outcome',
    'a refused commit that is there',
    {
      told: [
        ...told,
        { kind: 'told', at: 9, who: 'p1', mark: 'c70', outcome: 'refused' },
      ],
    },
  ],
  [
    'behind',
    'a partition that is not consumed',
    { commits: commits.filter(({ number }) => number !== 70) },
  ],
];

function rulesBrokenBy(doctored: Partial<GroupHistory>): GroupRule[] {
  const violations = checkGroups({ ...SMALL, ...doctored });
  return [...new Set(violations.map(({ rule }) => rule))];
}

it('finds nothing where no rule is broken', () => {
  expect(checkGroups(SMALL)).toEqual([]);
});

it.each(DOCTORED)('names "%s" of %s', (rule, _, doctored) => {
  expect(rulesBrokenBy(doctored)).toContain(rule);
});

it('names "lost" of a record that nobody handled to its end', () => {
  const cut = told.filter(
    (event) => !(event.kind === 'ended' && event.who === 'p2'),
  );
  expect(rulesBrokenBy({ told: cut })).toEqual(['lost', 'unhandled']);
});

it('names "past the end" of a record that was given and is not there', () => {
  const rules = rulesBrokenBy({
    log: [
      ...log.slice(0, 3),
      { ...log[3], id: 'other' } as NonNullable<typeof first>,
    ],
  });
  expect(rules).toEqual(['past the end']);
});

it('has nothing against a zombie that works on until it is told', () => {
  const late = told.map((event) =>
    event.kind === 'ended' && event.who === 'p1' ? { ...event, at: 61 } : event,
  );
  const rules = rulesBrokenBy({ told: late });
  expect(rules).not.toContain('two owners');
});

it('has nothing against a zombie that joins again while its handler is at work still', () => {
  const joined = member(plain, 60, 'joined', ['p1', 5]);
  const rules = rulesBrokenBy({
    members: [...members, joined],
    told: told.map((event) =>
      event.kind === 'ended' && event.who === 'p1'
        ? { ...event, at: 61 }
        : event,
    ),
  });
  expect(rules).not.toContain('two owners');
});

it('has nothing against a new start at a committed offset', () => {
  const restart = worked(plain, { who: 'p2', work: 9, at: 65 }, [2, 3]);
  expect(rulesBrokenBy({ told: [...told, ...restart] })).toEqual([]);
});

it('has nothing against records that are given again where the handler failed', () => {
  const failed = worked(plain, { who: 'p2', work: 8, at: 58 }, [2, 3])[0];
  expect(rulesBrokenBy({ told: [failed, ...told] })).toEqual([]);
});

it('names "order" where it goes on behind records with which the handler failed', () => {
  const rules = rulesBrokenBy({
    log: [...log, { ...(first as NonNullable<typeof first>), offset: 4n }],
    told: told.flatMap((event) =>
      event.kind === 'ended' && event.who === 'p2'
        ? worked(plain, { who: 'p2', work: 9, at: 66 }, [4])
        : [event],
    ),
  });
  expect(rules).toContain('order');
});

it('holds records of one key to their order, where keys run beside each other', () => {
  const byKey = (offsets: readonly number[]) =>
    told.map((event) =>
      event.kind === 'begun' && event.who === 'p2'
        ? {
            ...event,
            ordering: 'key' as const,
            records: offsets.map(
              (offset) => log[offset] as NonNullable<typeof first>,
            ),
          }
        : event,
    );
  expect(rulesBrokenBy({ told: byKey([3, 2]) })).toEqual([]);
  const key = log.map((record) => ({ ...record, key: 'a' }));
  const inverted = byKey([3, 2]).map((event) =>
    event.kind === 'begun' && event.who === 'p2'
      ? {
          ...event,
          records: event.records.map((record) => ({ ...record, key: 'a' })),
        }
      : event,
  );
  expect(rulesBrokenBy({ told: inverted, log: key })).toEqual(['order']);
});

it('is shown to fail for each rule', () => {
  const shown = new Set(DOCTORED.map(([rule]) => rule));
  expect([...shown].toSorted()).toEqual([...GROUP_RULES].toSorted());
});
