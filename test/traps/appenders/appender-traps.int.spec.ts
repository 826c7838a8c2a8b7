import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
} from '@jest/globals';
import { useStage } from '../use-stage.js';
import type { MakeAppender } from './appender.js';
import { flightAppender, haltedAppender } from './log-appender.js';
import { LogScene } from './log-scene.js';
import { secondAppendMeetsAnOpenOne } from './scenarios.js';
import { sketchAppender } from './sketch-appender.js';
import * as steps from './sketch-steps.js';

const onStage = useStage({ beforeAll, beforeEach, afterEach, afterAll });

type Difficulty = 'bare leaf' | 'repeatable read by default';

async function play(
  make: MakeAppender,
  difficulties: readonly Difficulty[] = [],
) {
  const scene = await LogScene.open(onStage());
  if (difficulties.includes('bare leaf')) await scene.takeFenceAway();
  if (difficulties.includes('repeatable read by default'))
    await makeRepeatableReadTheDefault(scene);
  const appender = await make(scene);
  return { scene, judge: () => secondAppendMeetsAnOpenOne(scene, appender) };
}

const SOUND = [
  { name: `the log's statements`, make: haltedAppender },
  { name: `the log's append`, make: flightAppender },
  { name: 'a sketch without a mistake', make: sketchAppender(steps.sound) },
];

describe.each(SOUND)('a second append behind an open one: $name', (sound) => {
  it('gives every record an offset of its own', async () => {
    const { judge } = await play(sound.make);
    expect(await judge()).toEqual([]);
  });

  it('does so on a leaf whose key would not refuse anything', async () => {
    const { judge } = await play(sound.make, ['bare leaf']);
    expect(await judge()).toEqual([]);
  });

  it('does so in a database whose default is repeatable read', async () => {
    const { judge } = await play(sound.make, [
      'bare leaf',
      'repeatable read by default',
    ]);
    expect(await judge()).toEqual([]);
  });
});

const TRAPS = [
  { trap: 'lock and head in one statement', step: steps.lockAndHeadInOne },
  {
    trap: 'lock and head in one stable function',
    step: steps.lockAndHeadInStableFunction,
  },
  { trap: 'repeatable read', step: steps.repeatableRead },
];

describe.each(TRAPS)('$trap', ({ step }) => {
  it('catches the naive appender: overlap', async () => {
    const { judge } = await play(sketchAppender(step), ['bare leaf']);
    const violations = await judge();
    expect(new Set(violations.map((violation) => violation.rule))).toEqual(
      new Set(['overlap']),
    );
  });

  it('is refused by the key of a real leaf', async () => {
    const { scene, judge } = await play(sketchAppender(step));
    await expect(judge()).rejects.toMatchObject({
      code: '23505',
      constraint: `${scene.topic.leaf}_pkey`,
    });
    expect(await scene.violations()).toEqual([]);
  });
});

async function makeRepeatableReadTheDefault(scene: LogScene): Promise<void> {
  const client = await scene.stage.client();
  const { rows } = await client.query<{ name: string }>(
    'select current_database() as name',
  );
  await client.query(
    `alter database ${rows[0]?.name} set default_transaction_isolation = 'repeatable read'`,
  );
  await scene.stage.reopen();
}
