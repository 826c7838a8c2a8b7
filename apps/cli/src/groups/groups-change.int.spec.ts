import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
} from '@jest/globals';
import type { Database } from '#postgres';
import { useDatabase } from '#testing';
import { answerCli, captureCli } from '../fixtures/captured-cli.js';
import { reading } from './fixtures/reading-group.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });
const TWO_HOURS = 7_200_000;
let db: Database;

beforeEach(() => {
  db = database.open();
});

const target = () => ['--database-url', database.connectionString, 'groups'];
const cli = (...args: string[]) => captureCli(...target(), ...args);

/** What a command printed, which must have gone well. */
async function printed(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await cli(...args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

async function printedJson(...args: string[]): Promise<unknown> {
  return JSON.parse(await printed(...args, '--json')) as unknown;
}

async function offsetsOf(group: string): Promise<(string | null)[]> {
  const { partitions } = (await printedJson('describe', group)) as {
    partitions: { committedOffset: string | null }[];
  };
  return partitions.map(({ committedOffset }) => committedOffset);
}

describe('postamt groups reset-offsets', () => {
  it('says what it would do, asks, and does it', async () => {
    await reading(db, 'asked', 'asked', [3n, 5n]);
    const args = ['reset-offsets', 'asked', '--all-topics', '--shift-by', '-4'];
    const dry = await printed(...args, '--dry-run');
    expect(dry).toMatch(/^asked +0 +3 +0 +the log begins there$/m);
    expect(dry).toMatch(/^asked +1 +5 +1 +-$/m);
    expect(dry).toContain(
      'would reset 2 partitions of group asked; 2 of them elsewhere than before\n',
    );
    expect(await offsetsOf('asked')).toEqual(['3', '5']);
    expect(await cli(...args)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('give --yes to reset offsets'),
    });
    expect(await answerCli('n\n', ...target(), ...args)).toMatchObject({
      code: 1,
      stderr:
        'Reset the offsets of group asked in 2 partitions? [y/N] nothing was changed\n',
    });
    expect(await offsetsOf('asked')).toEqual(['3', '5']);
    const agreed = await answerCli('y\n', ...target(), ...args);
    expect(agreed).toMatchObject({ code: 0 });
    expect(agreed.stdout).toContain('\nreset 2 partitions of group asked;');
    expect(await offsetsOf('asked')).toEqual(['0', '1']);
  });

  it('takes every kind of target, and partitions of a topic', async () => {
    await reading(db, 'kinds', 'kinds', [1n, 1n]);
    const reset = async (...to: string[]) => {
      const args = ['reset-offsets', 'kinds', '--topic', 'kinds:0', ...to];
      const planned = await printedJson(...args, '--dry-run');
      const done = await printedJson(...args, '--yes');
      expect(planned).toEqual({ ...(done as object), dryRun: true });
      return (await offsetsOf('kinds'))[0];
    };
    const recently = new Date(Date.now() - 60_000).toISOString();
    const ago = String(Date.now() - 2 * TWO_HOURS);
    expect(await reset('--to-latest')).toBe('5');
    expect(await reset('--to-offset', '2')).toBe('2');
    expect(await reset('--to-earliest')).toBe('0');
    expect(await reset('--to-datetime', recently)).toBe('5');
    expect(await reset('--to-datetime', ago)).toBe('0');
    expect(await reset('--shift-by', '3')).toBe('3');
    expect(await reset('--shift-by=-1')).toBe('2');
    expect(await reset('--by-duration', 'PT30M')).toBe('5');
    expect(await reset('--by-duration', '3h')).toBe('0');
    expect(await offsetsOf('kinds')).toEqual(['0', '1']);
  });

  it('makes a group that is not there', async () => {
    await reading(db, 'other', 'made', [1n]);
    await reading(db, 'other', 'doors', [1n]);
    const text = await printed(
      'reset-offsets',
      'fresh',
      '--topic',
      'doors:1',
      '--topic',
      'made',
      '--to-latest',
      '--yes',
    );
    expect(text).toContain(
      'reset 3 partitions of group fresh, which was made; 3 of them elsewhere than before\n',
    );
  });

  it.each([
    [['g', '--topic', 't'], 'error: give one of --to-earliest, --to-latest'],
    [
      ['g', '--topic', 't', '--to-earliest', '--shift-by', '1'],
      'error: give one of --to-earliest, --to-latest',
    ],
    [
      ['g', '--to-latest'],
      'error: give --topic, once or more, or --all-topics',
    ],
    [
      ['g', '--topic', 't', '--all-topics', '--to-latest'],
      'error: give --topic, once or more, or --all-topics',
    ],
    [['g', '--topic', 't:x', '--to-latest'], 'Give the name of a topic'],
    [['g', '--topic', 't', '--to-offset', '-1'], 'Give an offset'],
    [['g', '--topic', 't', '--shift-by', 'a'], 'Give a whole number'],
    [['g', '--topic', 't', '--to-datetime', 'now'], 'Give a time such as'],
    [['g', '--topic', 't', '--by-duration', '1'], 'Give a duration such as'],
    [['--to-latest'], "error: missing required argument 'group'"],
    [
      ['g', '--topic', 't', '--to-latest', '--yes'],
      'UNKNOWN_TOPIC_OR_PARTITION: there is no topic "t"',
    ],
  ])('refuses %j', async (args, words) => {
    const { code, stdout, stderr } = await cli('reset-offsets', ...args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(words);
  });
});

describe('postamt groups delete-offsets and delete', () => {
  it('deletes offsets, and then the group', async () => {
    await reading(db, 'leaving', 'leaving', [3n, 5n]);
    const some = ['delete-offsets', 'leaving', '--topic', 'leaving:1'];
    expect(await printed(...some, '--dry-run')).toMatch(
      /^leaving +1 +5$[^]*\nwould delete 1 offset of group leaving\n$/m,
    );
    const agreed = await answerCli('y\n', ...target(), ...some);
    expect(agreed.stderr).toContain(
      'Delete 1 offset of group leaving, for good?',
    );
    expect(agreed.stdout).toMatch(/\ndeleted 1 offset of group leaving\n$/);
    expect(await offsetsOf('leaving')).toEqual(['3']);
    const all = ['delete-offsets', 'leaving', '--all-topics', '--yes'];
    expect(await printedJson(...all)).toEqual({
      dryRun: false,
      group: 'leaving',
      partitions: [{ topic: 'leaving', partition: 0, before: '3' }],
    });
    expect(await printed('delete', 'leaving', '--yes')).toBe(
      'deleted group leaving with 0 committed offsets\n',
    );
    expect(await printed('list')).not.toMatch(/^leaving /m);
  });

  it('deletes those that it can, and fails for the others', async () => {
    await reading(db, 'first', 'first', [3n, 5n]);
    const args = ['delete', 'first', 'nobody'];
    expect(await cli(...args)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('give --yes to delete groups'),
    });
    expect(await cli(...args, '--dry-run')).toMatchObject({
      code: 1,
      stdout: 'would delete group first with 2 committed offsets\n',
      stderr: expect.stringMatching(/^postamt: GROUP_ID_NOT_FOUND: /),
    });
    expect(await answerCli('', ...target(), ...args)).toMatchObject({
      code: 1,
      stderr:
        'Delete 1 group (first) with 2 committed offsets, for good? [y/N] nothing was changed\n',
    });
    const { code, stdout } = await cli(...args, '--yes', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      dryRun: false,
      groups: [
        { group: 'first', offsets: 2 },
        { group: 'nobody', error: { code: 'GROUP_ID_NOT_FOUND' } },
      ],
    });
    expect(await answerCli('y\n', ...target(), ...args)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^postamt: GROUP_ID_NOT_FOUND: /),
    });
  });
});
