import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  expect,
  it,
} from '@jest/globals';
import { useStage } from '../../../traps/use-stage.js';
import { reminders } from '../desk/topics.js';
import {
  checkOutbox,
  OUTBOX_RULES,
  type OutboxRule,
} from '../judge/check-outbox.js';
import * as broken from './broken-relays.js';
import { BrokenScene } from './broken-scene.js';

const onStage = useStage({ beforeAll, beforeEach, afterEach, afterAll });

type Play = (scene: BrokenScene) => Promise<void>;

const BROKEN: readonly (readonly [OutboxRule, string, Play])[] = [
  ['lost', 'reads behind the greatest id', broken.readsBehindAnId],
  ['lost', 'moves its cursor apart', broken.movesItsCursorApart],
  ['duplicate', 'takes no lock', broken.takesNoLock],
  ['order', 'skips locked rows', broken.skipsLockedRows],
  ['order', 'orders by transaction id', broken.ordersByTransaction],
  ['uncommitted', 'writes past the outbox', broken.writesPastTheOutbox],
  ['split key', 'takes partitions in turn', broken.takesPartitionsInTurn],
  ['changed', 'shares one buffer', broken.sharesOneBuffer],
  ['outcome', 'takes unknown for failed', broken.takesUnknownForFailed],
  ['status', 'notes a stale offset', broken.notesAStaleOffset],
  ['waiting', 'parks what it lost', broken.parksWhatItLost],
  ['gap', 'draws offsets', broken.drawsOffsets],
  ['overlap', 'reads the head early', broken.readsTheHeadEarly],
];

async function rulesBrokenBy(play: Play, topic?: string) {
  const scene = await BrokenScene.open(onStage(), topic);
  await play(scene);
  const violations = checkOutbox(await scene.history());
  return [...new Set(violations.map(({ rule }) => rule))];
}

it.each(BROKEN)(
  'the judge names "%s" of one that %s',
  async (rule, _, play) => {
    expect(await rulesBrokenBy(play)).toEqual([rule]);
  },
);

it('the judge names "early" of one that does not wait', async () => {
  const rules = await rulesBrokenBy(broken.doesNotWait, reminders.name);
  expect(rules).toEqual(['early']);
});

it('the judge finds nothing in the same plays of a relay without these mistakes', async () => {
  expect(await rulesBrokenBy(broken.makesNoMistake)).toEqual([]);
});

it('there is something broken for each rule', () => {
  const shown = new Set([...BROKEN.map(([rule]) => rule), 'early']);
  expect([...shown].toSorted()).toEqual([...OUTBOX_RULES].toSorted());
});
