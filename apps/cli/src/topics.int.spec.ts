import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { createTopic } from '#log';
import { useDatabase } from '#testing';
import { answerCli, captureCli } from './fixtures/captured-cli.js';
import type { CliRun } from './fixtures/spawned-cli.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });
const widened =
  'postamt: warning: keys of wide go to other partitions from now on; the order of a key holds before and after, not across\n';

function postamt(...args: string[]): Promise<CliRun> {
  return captureCli('--database-url', database.connectionString, ...args);
}

/** What a command printed, which must have gone well. */
async function printed(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await postamt(...args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

async function printedJson(...args: string[]): Promise<unknown> {
  return JSON.parse(await printed('--json', ...args)) as unknown;
}

describe('postamt topics create', () => {
  it('takes every setting by its name in Kafka', async () => {
    const settings = ['cleanup.policy=compact,delete', 'retention.ms=-1'];
    const config = settings.flatMap((setting) => ['--config', setting]);
    await printed('topics', 'create', 'kept', ...config);
    const topic = await printedJson('topics', 'describe', 'kept');
    expect(topic).toMatchObject({
      overrides: { 'cleanup.policy': 'delete,compact', 'retention.ms': -1 },
    });
  });
});

describe('postamt topics describe', () => {
  it('shows what the topic itself says, and with --all who says the rest', async () => {
    const config = { 'retention.ms': 1000 };
    await createTopic(database.open(), { name: 'shown', config });
    await createTopic(database.open(), { name: 'plain' });
    const own = await printed('topics', 'describe', 'shown');
    expect(own).toContain('config   retention.ms=1000\n');
    expect(own).not.toContain('segment.ms');
    expect(await printed('topics', 'describe', 'plain')).toContain(
      'config   (defaults)\n',
    );
    const alter = ['topics', 'alter', '--defaults'];
    await printed(...alter, '--set', 'segment.ms=60000');
    const all = await printed('topics', 'describe', 'shown', '--all');
    expect(all).toMatch(/^retention\.ms +1000 +topic$/m);
    expect(all).toMatch(/^segment\.ms +60000 +installation \(default\)$/m);
    expect(all).toMatch(/^segment\.bytes +1073741824 +default$/m);
    await printed(...alter, '--unset', 'segment.ms');
  });
});

describe('postamt topics alter', () => {
  it('sets and unsets settings of a topic, and says what they are now', async () => {
    const config = { 'segment.ms': 1000 };
    await createTopic(database.open(), { name: 'altered', config });
    const alter = ['topics', 'alter', 'altered'];
    expect(
      await printed(...alter, '--set', 'retention.ms=5', '--unset=segment.ms'),
    ).toBe(
      'altered topic altered: retention.ms=5, segment.ms=604800000 (default)\n',
    );
    expect(
      await printedJson(...alter, '--unset', 'retention.ms'),
    ).toMatchObject({ name: 'altered', overrides: {} });
  });

  it('changes the defaults of the installation', async () => {
    await createTopic(database.open(), { name: 'follows' });
    const alter = ['topics', 'alter', '--defaults'];
    expect(await printed(...alter, '--set', 'segment.ms=60000')).toBe(
      'altered the defaults of topics: segment.ms=60000\n',
    );
    expect(await printedJson('topics', 'describe', 'follows')).toMatchObject({
      config: { 'segment.ms': 60_000 },
      overrides: {},
    });
    expect(await printedJson(...alter, '--unset', 'segment.ms')).toEqual({
      defaults: { set: {}, unset: ['segment.ms'] },
    });
  });

  it.each([
    [['a', '--set', 'x=1'], 'INVALID_CONFIG: a topic has no configuration "x"'],
    [['a', '--unset', 'x'], 'INVALID_CONFIG: a topic has no configuration "x"'],
    [['a', '--set', 'segment.ms=0'], 'INVALID_CONFIG: segment.ms is "0"'],
    [['a', '--set', 'segment.ms=9'], 'UNKNOWN_TOPIC_OR_PARTITION'],
    [['a'], 'error: give --set or --unset'],
    [['--set', 'a=b'], 'error: give the name of a topic, or --defaults'],
    [['a', '--defaults'], 'error: give the name of a topic, or --defaults'],
  ])('refuses %j', async (args, words) => {
    const { code, stdout, stderr } = await postamt('topics', 'alter', ...args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(words);
  });
});

describe('postamt topics add-partitions', () => {
  it('widens a topic, never narrows it, and warns that keys move', async () => {
    await createTopic(database.open(), { name: 'wide', partitions: 2 });
    const widen = ['topics', 'add-partitions', 'wide', '--total'];
    expect(await postamt(...widen, '3')).toEqual({
      code: 0,
      stdout: 'topic wide has 3 partitions\n',
      stderr: widened,
    });
    const { stdout } = await postamt('--json', ...widen, '4');
    expect(JSON.parse(stdout)).toMatchObject({ name: 'wide', partitions: 4 });
    const { code, stderr } = await postamt(...widen, '1');
    expect(code).toBe(1);
    expect(stderr).toContain('postamt: INVALID_PARTITIONS: topic wide has 4');
  });
});

describe('postamt topics delete', () => {
  const remove = () => [
    '--database-url',
    database.connectionString,
    'topics',
    'delete',
    'old',
  ];

  it('refuses where nobody can be asked, and does as told by --yes', async () => {
    await createTopic(database.open(), { name: 'old' });
    expect(await captureCli(...remove())).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'error: give --yes to delete topic old: there is no terminal to ask at\n',
    });
    expect(await printed('topics', 'list')).toContain('old');
    expect(await printed('topics', 'delete', 'old', '--yes')).toBe(
      'deleted topic old\n',
    );
    expect(await printed('topics', 'list')).not.toContain('old');
    expect((await captureCli(...remove(), '--yes')).stderr).toContain(
      'UNKNOWN_TOPIC_OR_PARTITION: there is no topic "old"',
    );
  });

  it('asks at a terminal, and takes nothing but a yes for one', async () => {
    await createTopic(database.open(), { name: 'old', partitions: 3 });
    for (const typed of ['\n', 'no\n', ''])
      expect(await answerCli(typed, ...remove())).toEqual({
        code: 1,
        stdout: '',
        stderr:
          'Delete topic old, with 3 partitions and 0 records, for good? [y/N] topic old was not deleted\n',
      });
    expect(await answerCli('y\n', '--json', ...remove())).toMatchObject({
      code: 0,
      stdout: '{"name":"old","deleted":true}\n',
    });
    expect(await printed('topics', 'list')).not.toContain('old');
  });
});
