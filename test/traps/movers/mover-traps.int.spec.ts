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
    trap: 'an id drawn early and committed late (id as cursor)',
    scenario: scenarios.lateCommitOfAnEarlyId,
    naive: steps.idAsCursor,
    rule: 'lost',
  },
  {
    trap: 'a long transaction in this database (xid < xmin)',
    scenario: scenarios.whileOpen(scenarios.writerHere),
    naive: steps.belowXmin,
    rule: 'lost',
  },
  {
    trap: 'a long transaction in another database (xid < xmin)',
    scenario: scenarios.whileOpen(scenarios.writerElsewhere),
    naive: steps.belowXmin,
    rule: 'lost',
  },
  {
    trap: 'a prepared transaction (xid < xmin)',
    scenario: scenarios.whileOpen(scenarios.preparedWriter),
    naive: steps.belowXmin,
    rule: 'lost',
  },
  {
    trap: 'two relays on one key (SKIP LOCKED over rows)',
    scenario: scenarios.twoMoversOnOneKey,
    naive: steps.skipLocked,
    rule: 'order',
  },
  {
    trap: 'a transaction that began earlier (order by timestamp)',
    scenario: scenarios.earlierBeginning,
    naive: steps.orderByTimestamp,
    rule: 'order',
  },
  {
    trap: 'a transaction that wrote elsewhere before publishing (order by xid)',
    scenario: scenarios.earlierWriteElsewhere,
    naive: steps.orderByXid,
    rule: 'order',
  },
  {
    trap: 'two relays on one event (lock and cursor in one statement)',
    scenario: scenarios.twoMoversOnOneEvent,
    naive: steps.lockAndCursorInOne,
    rule: 'duplicate',
  },
  {
    trap: 'a relay that stalls before its lock (now taken before it)',
    scenario: scenarios.stallBeforeTheLock,
    naive: steps.nowBeforeLock,
    rule: 'duplicate',
  },
  {
    trap: 'two relays on one event (no lock)',
    scenario: scenarios.twoMoversOnOneEvent,
    naive: steps.withoutLock,
    rule: 'duplicate',
  },
  {
    trap: 'savepoints rolled back and released (transaction ids of rows)',
    scenario: scenarios.savepoints,
    naive: steps.byXmin,
    rule: 'lost',
  },
  {
    trap: 'a commit between now and reading (reading without now)',
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
