import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { createTopic } from '#log';
import { partitionForKey } from '#records';
import { defineTopic, openTopic } from '#schemas';
import { readLog, useDatabase, waitFor } from '#testing';
import { captureCli, feedCli } from '../fixtures/captured-cli.js';
import { type CliRun, SpawnedCli } from '../fixtures/spawned-cli.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });

const fields = [
  { name: 'n', type: 'int' },
  { name: 'photo', type: 'bytes', default: '' },
] as const;

/** Makes a topic of its own for one test. */
async function makeTopic(name: string, partitions = 2): Promise<void> {
  const value = { type: 'record', name: 'Door', fields } as const;
  const config = { 'max.message.bytes': 4_096 };
  const db = database.open();
  await openTopic(db, defineTopic(name, { partitions, config, value }));
}

function produce(input: string | Buffer, ...args: string[]): Promise<CliRun> {
  return feedCli(
    input,
    '--database-url',
    database.connectionString,
    'produce',
    ...args,
  );
}

async function consumed(topic: string): Promise<Record<string, unknown>[]> {
  const { code, stdout } = await captureCli(
    '--database-url',
    database.connectionString,
    'consume',
    topic,
    '--json',
  );
  expect(code).toBe(0);
  const lines = stdout.split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

const numbered = (from: number, to: number) =>
  Array.from(
    { length: to - from + 1 },
    (_, n) => `{"key":"k${n % 5}","value":{"n":${from + n}},"partition":0}\n`,
  ).join('');

describe('postamt produce', () => {
  it('writes what lines say, and says where it is', async () => {
    await makeTopic('lines');
    const front = partitionForKey(Buffer.from('front'), 2);
    const input = `
      {"key":"front","value":{"n":1},"headers":{"by":"guard","raw":{"base64":"/w=="}}}

      {"key":"front","value":null,"timestamp":1767225600000}
      {"key":{"base64":"/w=="},"value":{"n":2,"photo":{"base64":"/wA="}},"partition":${1 - front}}`;
    expect(await produce(input, 'lines')).toEqual({
      code: 0,
      stderr: '',
      stdout: [
        'produced 3 records to lines',
        '',
        'partition  records  last offset',
        ...[0, 1].map((partition) =>
          partition === front
            ? `        ${partition}        2            1`
            : `        ${partition}        1            0`,
        ),
        '',
      ].join('\n'),
    });
    const records = await consumed('lines');
    const ofFront = records.filter(({ partition }) => partition === front);
    expect(ofFront).toMatchObject([
      {
        key: 'front',
        value: { n: 1, photo: { base64: '' } },
        headers: [
          { key: 'by', value: 'guard' },
          { key: 'raw', value: { base64: '/w==' } },
        ],
      },
      { key: 'front', value: null, timestamp: '2026-01-01T00:00:00.000Z' },
    ]);
    expect(records.filter((record) => !ofFront.includes(record))).toMatchObject(
      [
        {
          key: { base64: '/w==' },
          value: { n: 2, photo: { base64: '/wA=' } },
          headers: [],
        },
      ],
    );
  });

  it('writes one record from its arguments, also as JSON', async () => {
    await makeTopic('single', 1);
    const one = ['--key', 'front', '--value', '{"n":7}'];
    expect((await produce('', 'single', ...one)).stdout).toContain(
      'produced 1 record to single\n',
    );
    const last = await produce('', 'single', '--value', 'null', '--json');
    expect(JSON.parse(last.stdout)).toEqual({
      topic: 'single',
      records: 1,
      partitions: [{ partition: 0, records: 1, lastOffset: '1' }],
    });
    expect(await consumed('single')).toMatchObject([
      { key: 'front', value: { n: 7 } },
      { key: null, value: null },
    ]);
  });

  it('reads a file, and writes some hundred lines at once, fewer where a batch has no room', async () => {
    await makeTopic('file', 1);
    const folder = await mkdtemp(join(tmpdir(), 'postamt-produce-'));
    try {
      const file = join(folder, 'lines.ndjson');
      await writeFile(file, numbered(1, 1_200));
      const run = await produce('', 'file', '--file', file, '--json');
      expect(JSON.parse(run.stdout)).toMatchObject({ records: 1_200 });
    } finally {
      await rm(folder, { recursive: true });
    }
    const log = await readLog(database.open(), 'file');
    expect(log.map(({ offset }) => offset)).toEqual(
      Array.from({ length: 1_200 }, (_, n) => BigInt(n)),
    );
    const values = (await consumed('file')).map(({ value }) => value);
    expect(values.slice(0, 2)).toMatchObject([{ n: 1 }, { n: 2 }]);
    expect(values.at(-1)).toMatchObject({ n: 1_200 });
  });

  it('writes nothing where there is nothing', async () => {
    await makeTopic('nothing');
    expect((await produce('\n \n', 'nothing')).stdout).toBe(
      'produced 0 records to nothing\n',
    );
  });
});

describe('what postamt produce refuses', () => {
  const good = '{"value":{"n":1}}\n';

  it.each<[string, string | Buffer, string, string]>([
    ['no JSON', '{"value":', 'INVALID_VALUE', 'not JSON'],
    ['no object', '[1]', 'INVALID_VALUE', 'a record is an object'],
    ['no value', '{"key":"k"}', 'INVALID_VALUE', 'the record has no value'],
    [
      'a field that no record has',
      '{"vlaue":{"n":1},"value":null}',
      'INVALID_VALUE',
      'no field "vlaue"',
    ],
    ['a key', '{"key":7,"value":null}', 'INVALID_VALUE', 'the key is 7'],
    [
      'a header',
      '{"value":null,"headers":{"a":1}}',
      'INVALID_VALUE',
      'the header "a" is 1',
    ],
    [
      'a timestamp',
      '{"value":null,"timestamp":"now"}',
      'INVALID_VALUE',
      'the record has the timestamp now',
    ],
    [
      'a partition',
      '{"value":null,"partition":2}',
      'UNKNOWN_TOPIC_OR_PARTITION',
      'topic refused has no partition 2: it has 2',
    ],
    [
      'a value against its schema',
      '{"value":{"n":"one"}}',
      'SCHEMA_MISMATCH',
      'n is "one", expected',
    ],
    ['what is no UTF-8', Buffer.from([255]), 'INVALID_VALUE', 'not UTF-8'],
    [
      'a record that is larger than a batch may be',
      `{"value":{"n":1,"photo":{"base64":"${'A'.repeat(8_000)}"}}}`,
      'MESSAGE_TOO_LARGE',
      'larger than its max.message.bytes, 4096',
    ],
  ])(
    'names the line with %s, and writes none of its batch',
    async (_, bad, code, words) => {
      const name = 'refused';
      await makeTopic(name);
      const before = (await consumed(name)).length;
      const first = code === 'MESSAGE_TOO_LARGE' ? '' : good;
      const input = Buffer.concat([
        Buffer.from(`${first}\n`),
        Buffer.from(bad),
      ]);
      const run = await produce(input, name);
      expect(run).toMatchObject({ code: 1, stdout: '' });
      expect(run.stderr).toMatch(
        new RegExp(
          `^postamt: ${code}: line ${first ? 3 : 2}: .*; nothing was written\n$`,
        ),
      );
      expect(run.stderr).toContain(words);
      expect(await consumed(name)).toHaveLength(before);
    },
  );

  it('says how far it came before a bad line', async () => {
    await makeTopic('partly', 1);
    // Of these, fewer than 500 fit into one batch of 4,096 bytes.
    const input = `${numbered(1, 100)}{"value":{}}\n${numbered(102, 110)}`;
    const run = await produce(input, 'partly', '--json');
    const { code, message } = JSON.parse(run.stderr) as Record<string, string>;
    expect(code).toBe('SCHEMA_MISMATCH');
    const [, to] =
      /^line 101: .*; lines 1 to (\d+) are written, nothing behind them$/.exec(
        message ?? '',
      ) ?? [];
    expect(Number(to)).toBeGreaterThan(0);
    expect(await consumed('partly')).toHaveLength(Number(to));
  });

  it.each([
    [['nowhere'], 'UNKNOWN_TOPIC_OR_PARTITION: there is no topic "nowhere"'],
    [['bare'], 'UNKNOWN_SUBJECT: topic bare has no value schema'],
    [['bare', '--key', 'k'], "option '--key <text>' needs --value"],
    [['bare', '--file', 'x', '--value', '1'], 'cannot be used with'],
  ])('ends %j with 1 and says why', async (args, words) => {
    const db = database.open();
    await createTopic(db, { name: 'bare' }).catch(() => {});
    const run = await produce('{}', ...args);
    expect(run).toMatchObject({ code: 1, stdout: '' });
    expect(run.stderr).toContain(words);
  });
});

describe('postamt produce as a process', () => {
  it('writes what it has read at Ctrl-C, and ends', async () => {
    await makeTopic('typed', 1);
    const cli = new SpawnedCli(['produce', 'typed', '--json'], {
      DATABASE_URL: database.connectionString,
    });
    const { db, count } = { db: database.open(), count: 9_000 };
    cli.type(`${numbered(1, count)}{"half":`);
    // What is full is written while the input is still open.
    await waitFor('some lines to be written', async () => {
      const log = await readLog(db, 'typed');
      return log.length > count - 500;
    });
    cli.kill('SIGINT');
    const { code, stdout, stderr } = await cli.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ records: count });
    expect(await readLog(db, 'typed')).toHaveLength(count);
  });

  it('ends at a bad line, though its input is open', async () => {
    await makeTopic('open', 1);
    const cli = new SpawnedCli(['produce', 'open'], {
      DATABASE_URL: database.connectionString,
    });
    cli.type('nonsense\n');
    const { code, stderr } = await cli.ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^postamt: INVALID_VALUE: line 1: not JSON: .*\n$/);
  });

  it('ends with what the system says of a file that is not there', async () => {
    await makeTopic('missing', 1);
    const args = ['produce', 'missing', '--file', 'no/such.ndjson'];
    const cli = new SpawnedCli(args, {
      DATABASE_URL: database.connectionString,
    });
    expect(await cli.ended).toEqual({
      code: 1,
      stdout: '',
      stderr:
        "postamt: ENOENT: no such file or directory, open 'no/such.ndjson'\n",
    });
  });
});
