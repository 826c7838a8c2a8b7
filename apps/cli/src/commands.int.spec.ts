import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { append, Catalogue, createTopic } from '#log';
import { encodeRecordBatch, type RecordInput } from '#records';
import { defineTopic, openTopic } from '#schemas';
import { useDatabase } from '#testing';
import { captureCli } from './fixtures/captured-cli.js';
import type { CliRun } from './fixtures/spawned-cli.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });
const empty = useDatabase({ beforeAll, afterEach, afterAll }, { empty: true });
const timestamp = Date.UTC(2026, 0, 1);

const doors = defineTopic('doors', {
  partitions: 2,
  config: { 'max.message.bytes': 65_536 },
  value: {
    type: 'record',
    name: 'Door',
    fields: [
      { name: 'open', type: 'boolean' },
      { name: 'photo', type: 'bytes', default: '' },
    ],
  },
});

function postamt(...args: string[]): Promise<CliRun> {
  return captureCli('--database-url', database.connectionString, ...args);
}

/** What a command printed, which must have gone well. */
async function printed(...args: string[]): Promise<string[]> {
  const { code, stdout, stderr } = await postamt(...args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout.trimEnd().split('\n');
}

async function printedJson(...args: string[]): Promise<unknown> {
  const lines = await printed(...args, '--json');
  expect(lines).toHaveLength(1);
  return JSON.parse(lines[0] ?? '') as unknown;
}

/** Partition 0: an open door, a tombstone, a record without key, two that are no Avro; partition 1: a closed door. */
async function fillDoors(): Promise<number> {
  const db = database.open();
  const { serializer } = await openTopic(db, doors);
  const key = Buffer.from('front');
  const headers = [{ key: 'by', value: Buffer.from('guard') }];
  const open = serializer.serialize({ open: true, photo: Buffer.from([255]) });
  const closed = serializer.serialize({ open: false });
  const batch = (...records: Partial<RecordInput>[]) =>
    encodeRecordBatch(
      records.map((record) => ({ timestamp, key, value: null, ...record })),
    );
  await append(db, new Catalogue(db), [
    {
      topic: 'doors',
      partition: 0,
      batch: batch({ value: open, headers }, { value: null }),
    },
    {
      topic: 'doors',
      partition: 0,
      batch: batch(
        { key: null, value: closed },
        { value: Buffer.from('plain text') },
        { value: Buffer.from('0000ffff0102', 'hex') },
      ),
    },
    { topic: 'doors', partition: 1, batch: batch({ value: closed }) },
  ]);
  return open.readUInt32BE(1);
}

describe('postamt migrate', () => {
  it('brings a database up to date, and then has nothing to do', async () => {
    const target = ['--database-url', empty.connectionString];
    const run = (...args: string[]) =>
      captureCli(...target, '--schema', 'letters', ...args);
    expect(await run('topics', 'list')).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'postamt: SCHEMA_TOO_OLD: schema letters lacks the migrations 000001, 000002-breaking, 000003-breaking, 000004, 000005, 000006-breaking; run `postamt migrate`\n',
    });
    expect(await run('migrate')).toMatchObject({
      code: 0,
      stdout:
        'schema letters: applied 000001, 000002-breaking, 000003-breaking, 000004, 000005, 000006-breaking\n',
    });
    expect(await run('migrate')).toMatchObject({
      stdout: 'schema letters is up to date\n',
    });
    expect(await run('migrate', '--json')).toMatchObject({
      stdout: '{"schema":"letters","applied":[]}\n',
    });
  });
});

describe('postamt topics', () => {
  it('creates and lists topics, as a table and as JSON', async () => {
    const config = ['--config', 'max.message.bytes=5000'];
    expect(
      await printed('topics', 'create', 'b', '--partitions', '3', ...config),
    ).toEqual(['created topic b with 3 partitions']);
    const a = await printedJson('topics', 'create', 'a');
    expect(a).toEqual({
      name: 'a',
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      partitions: 1,
      config: expect.objectContaining({
        'cleanup.policy': 'delete',
        'max.message.bytes': 1_048_588,
        'retention.ms': 604_800_000,
      }),
      overrides: {},
    });
    const list = await printedJson('topics', 'list');
    expect(list).toEqual([
      a,
      expect.objectContaining({
        name: 'b',
        config: expect.objectContaining({ 'max.message.bytes': 5_000 }),
        overrides: { 'max.message.bytes': 5_000 },
      }),
    ]);
    const [head, first] = await printed('topics', 'list');
    expect(head).toBe('topic  partitions  id');
    expect(first).toBe(`a               1  ${(a as { id: string }).id}`);
  });

  it('describes a topic, as tables and as JSON', async () => {
    const schemaId = await fillDoors();
    expect(await printedJson('topics', 'describe', 'doors')).toEqual({
      name: 'doors',
      id: expect.any(String),
      config: expect.objectContaining({ 'max.message.bytes': 65_536 }),
      overrides: { 'max.message.bytes': 65_536 },
      records: '6',
      partitions: [
        {
          partition: 0,
          leaderEpoch: 0,
          logStartOffset: '0',
          logEndOffset: '5',
          records: '5',
        },
        {
          partition: 1,
          leaderEpoch: 0,
          logStartOffset: '0',
          logEndOffset: '1',
          records: '1',
        },
      ],
      subject: 'doors-value',
      versions: [
        {
          version: 1,
          schemaId,
          registeredAt: expect.stringMatching(/Z$/),
          schema: JSON.parse(doors.valueCodec.schemaText) as unknown,
        },
      ],
    });
    const lines = await printed('topics', 'describe', 'doors');
    expect(lines).toContain('config   max.message.bytes=65536');
    expect(lines).toContain(
      'partition  leader epoch  log start offset  log end offset  records',
    );
    expect(lines).toContain(
      '        0             0                 0               5        5',
    );
    expect(lines.at(-1)).toContain(doors.valueCodec.schemaText);
    await createTopic(database.open(), { name: 'bare' });
    expect((await printed('topics', 'describe', 'bare')).at(-1)).toBe(
      'subject bare-value has no schema',
    );
  });

  it.each([
    [
      ['topics', 'describe', 'nowhere'],
      'UNKNOWN_TOPIC_OR_PARTITION',
      'there is no topic "nowhere"',
    ],
    [['topics', 'create', 'a b'], 'INVALID_TOPIC_EXCEPTION', '"a b" cannot be'],
    [
      ['topics', 'create', 'c', '--config', 'x=1'],
      'INVALID_CONFIG',
      'no configuration "x"',
    ],
    [
      ['consume', 'nowhere'],
      'UNKNOWN_TOPIC_OR_PARTITION',
      'there is no topic "nowhere"',
    ],
  ])('answers %j with %s', async (args, code, words) => {
    const plain = await postamt(...args);
    expect(plain).toMatchObject({ code: 1, stdout: '' });
    expect(plain.stderr).toMatch(new RegExp(`^postamt: ${code}: .*\n$`));
    expect(plain.stderr).toContain(words);
    const json = await postamt('--json', ...args);
    expect(JSON.parse(json.stderr)).toEqual({
      code,
      message: expect.stringContaining(words),
    });
  });
});

describe('postamt consume', () => {
  it('prints records with their values decoded by their writers’ schemas', async () => {
    const lines = await printed('consume', 'doors', '--json');
    const records = lines.map(
      (line) => JSON.parse(line) as Record<string, unknown>,
    );
    const time = '2026-01-01T00:00:00.000Z';
    const schemaId = records[0]?.schemaId;
    expect(schemaId).toEqual(expect.any(Number));
    const common = { partition: 0, timestamp: time, key: 'front', headers: [] };
    const raw = { ...common, schemaId: null };
    expect(records).toEqual([
      {
        ...common,
        offset: '0',
        headers: [{ key: 'by', value: 'guard' }],
        schemaId,
        value: { open: true, photo: { base64: '/w==' } },
      },
      { ...raw, offset: '1', value: null },
      {
        ...common,
        offset: '2',
        key: null,
        schemaId,
        value: { open: false, photo: { base64: '' } },
      },
      {
        ...raw,
        offset: '3',
        value: 'plain text',
        note: expect.stringContaining('not decoded: The value does not begin'),
      },
      {
        ...raw,
        offset: '4',
        value: { base64: 'AAD//wEC' },
        note: expect.stringContaining('not decoded: no schema has the id'),
      },
      {
        ...common,
        partition: 1,
        offset: '0',
        schemaId,
        value: { open: false, photo: { base64: '' } },
      },
    ]);
  });

  it('begins at an offset, in one partition, and ends at a limit', async () => {
    const from = ['--partition', '0', '--from', '1', '--limit', '2'];
    expect(await printed('consume', 'doors', ...from)).toEqual([
      '0\t1\t2026-01-01T00:00:00.000Z\t"front"\t-\tnull',
      '0\t2\t2026-01-01T00:00:00.000Z\tnull\t-\t{"open":false,"photo":{"base64":""}}',
    ]);
    expect(await printed('consume', 'doors', '--from', 'latest')).toEqual(['']);
  });

  it('refuses an offset that the partition does not have', async () => {
    const from = ['--partition', '1', '--from', '9'];
    expect((await postamt('consume', 'doors', ...from)).stderr).toBe(
      'postamt: OFFSET_OUT_OF_RANGE: offset 9 of doors-1 is out of range: it has 0 to 1\n',
    );
  });
});
