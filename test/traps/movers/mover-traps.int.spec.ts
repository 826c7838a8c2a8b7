import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
} from '@jest/globals';
import type { HistoryRule, Violation } from '#testing';
import { useStage } from '../use-stage.js';
import type { MakeMover } from './mover.js';
import { OutboxScene } from './outbox-scene.js';
import { relayMover } from './relay-mover.js';
import * as scenarios from './scenarios.js';
import { sketchMover, type MoverSteps } from './sketch-mover.js';
import * as steps from './sketch-steps.js';

const onStage = useStage({ beforeAll, beforeEach, afterEach, afterAll });

interface Trap {
  readonly trap: string;
  readonly scenario: scenarios.MoverScenario;
  readonly naive: MoverSteps;
  readonly rule: HistoryRule;
}

const TRAPS: readonly Trap[] = [
  {
    trap: 'id as cursor, under a late commit of an early id',
    scenario: scenarios.lateCommitOfAnEarlyId,
    naive: steps.idAsCursor,
    rule: 'lost',
  },
  {
    trap: 'xid < xmin, under a writing transaction of this database',
    scenario: scenarios.whileOpen(scenarios.writerHere),
    naive: steps.belowXmin,
    rule: 'lost',
  },
  {
    trap: 'xid < xmin, under a writing transaction of another database',
    scenario: scenarios.whileOpen(scenarios.writerElsewhere),
    naive: steps.belowXmin,
    rule: 'lost',
  },
  {
    trap: 'xid < xmin, under a prepared transaction',
    scenario: scenarios.whileOpen(scenarios.preparedWriter),
    naive: steps.belowXmin,
    rule: 'lost',
  },
  {
    trap: 'SKIP LOCKED over rows, under two movers on one key',
    scenario: scenarios.twoMoversOnOneKey,
    naive: steps.skipLocked,
    rule: 'order',
  },
  {
    trap: 'order by timestamp, under a transaction that began earlier',
    scenario: scenarios.earlierBeginning,
    naive: steps.orderByTimestamp,
    rule: 'order',
  },
  {
    trap: 'order by xid, under a transaction that wrote elsewhere first',
    scenario: scenarios.earlierWriteElsewhere,
    naive: steps.orderByXid,
    rule: 'order',
  },
  {
    trap: 'lock and cursor in one statement, under two movers on one event',
    scenario: scenarios.twoMoversOnOneEvent,
    naive: steps.lockAndCursorInOne,
    rule: 'duplicate',
  },
  {
    trap: 'now taken before the lock, under a stall between them',
    scenario: scenarios.stallBeforeTheLock,
    naive: steps.nowBeforeLock,
    rule: 'duplicate',
  },
  {
    trap: 'reading without now, under a commit between now and reading',
    scenario: scenarios.commitBeforeTheRead,
    naive: steps.readWithoutNow,
    rule: 'duplicate',
  },
];

describe.each(TRAPS)('$trap', ({ scenario, naive, rule }) => {
  async function play(make: MakeMover): Promise<Violation[]> {
    const scene = await OutboxScene.open(onStage());
    return scenario(scene, await make(scene));
  }

  it('does not catch the relay', async () => {
    expect(await play(relayMover(20_000))).toEqual([]);
  });

  it('does not catch the relay when it moves pages of one row', async () => {
    expect(await play(relayMover(1))).toEqual([]);
  });

  it('does not catch a sketch that makes no mistake', async () => {
    expect(await play(sketchMover(steps.sound))).toEqual([]);
  });

  it(`catches the naive mover: ${rule}`, async () => {
    const violations = await play(sketchMover(naive));
    expect(new Set(violations.map((violation) => violation.rule))).toEqual(
      new Set([rule]),
    );
  });
});
