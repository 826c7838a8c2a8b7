import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  expect,
  it,
} from '@jest/globals';
import { useStage } from '../../../traps/use-stage.js';
import { checkGroups } from '../judge/check-groups.js';
import type { GroupRule } from '../judge/group-violation.js';
import * as members from './broken-members.js';
import type { GroupPlay } from './broken-members.js';

const onStage = useStage({ beforeAll, beforeEach, afterEach, afterAll });

const BROKEN: readonly (readonly [
  what: string,
  rules: readonly GroupRule[],
  play: GroupPlay,
])[] = [
  [
    'commits without the check of the generation',
    ['zombie', 'duplicate'],
    members.commitsWithoutCheck,
  ],
  ['takes no fencing lock', ['zombie'], members.takesNoFencingLock],
  [
    'hands a partition over before it is through',
    ['two owners'],
    members.givesUpAtOnce,
  ],
  [
    'commits before the handler',
    ['lost', 'unhandled'],
    members.commitsBeforeHandler,
  ],
  [
    'commits the current poll',
    ['lost', 'unhandled'],
    members.commitsCurrentPoll,
  ],
  [
    'begins at 0 where it could not read where to',
    ['order'],
    members.takesUnreadableForNone,
  ],
  [
    'tries commits again out of order',
    ['backwards'],
    members.retriesOutOfOrder,
  ],
  ['swallows a refusal', ['outcome'], members.swallowsRefusal],
  ['misses the last record', ['lost', 'behind'], members.missesTheLast],
];

const SOUND: readonly (readonly [what: string, play: GroupPlay])[] = [
  ['commits with the check of the generation', members.commitsWithCheck],
  ['takes the fencing lock', members.takesFencingLock],
  ['hands a partition over when it is through', members.givesUpWhenThrough],
  ['commits the previous poll', members.commitsPreviousPoll],
  ['reads where to begin', members.readsItsStart],
];

async function rulesBrokenBy(play: GroupPlay): Promise<GroupRule[]> {
  const sketch = await play(onStage());
  const violations = checkGroups(await sketch.history());
  return [...new Set(violations.map(({ rule }) => rule))];
}

it.each(BROKEN)('the judge catches one that %s: %j', async (_, rules, play) => {
  expect(await rulesBrokenBy(play)).toEqual(rules);
});

it.each(SOUND)('the judge finds nothing of one that %s', async (_, play) => {
  expect(await rulesBrokenBy(play)).toEqual([]);
});
