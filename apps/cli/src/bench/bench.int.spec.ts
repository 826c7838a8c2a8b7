import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { createTopic, describeTopic } from '#log';
import { defineTopic, openTopic } from '#schemas';
import { readLog, useDatabase } from '#testing';
import { captureCli } from '../fixtures/captured-cli.js';
import { type CliRun, SpawnedCli } from '../fixtures/spawned-cli.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });

function bench(...args: string[]): Promise<CliRun> {
  const { connectionString } = database;
  return captureCli('--database-url', connectionString, 'bench', ...args);
}

/** The last line of a run that went well. */
async function lastLine(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await bench(...args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout.trimEnd().split('\n').at(-1) ?? '';
}

async function lastJson(...args: string[]): Promise<unknown> {
  return JSON.parse(await lastLine(...args, '--json')) as unknown;
}

async function endOffsets(topic: string): Promise<bigint[]> {
  const { partitions } = await describeTopic(database.open(), topic);
  return partitions.map(({ logEndOffset }) => logEndOffset);
}

function producer(topic: string, ...args: string[]): string[] {
  return ['producer', '--topic', topic, '--size', '100', ...args];
}

describe('postamt bench producer', () => {
  it('creates the topic, sends what was asked for, and tells rates and latencies', async () => {
    const shape = ['--partitions', '3', '--key-size', '10'];
    const how = ['--acks', '1', '--compression', 'lz4', '--batch-size', '4096'];
    const load = ['--records', '2000', '--linger-ms', '1', '--per-send', '7'];
    const args = producer('fast', ...shape, ...how, ...load);
    expect(await lastJson(...args)).toEqual({
      final: true,
      records: 2_000,
      bytes: 220_000,
      seconds: expect.any(Number),
      recordsPerSecond: expect.any(Number),
      mbPerSecond: expect.any(Number),
      latencyMs: {
        avg: expect.any(Number),
        p50: expect.any(Number),
        p95: expect.any(Number),
        p99: expect.any(Number),
        max: expect.any(Number),
      },
    });
    const ends = await endOffsets('fast');
    expect(ends).toHaveLength(3);
    expect(ends.reduce((sum, end) => sum + end, 0n)).toBe(2_000n);
    const [record] = await readLog(database.open(), 'fast');
    expect(record?.value?.toString()).toMatch(/^[A-Z]{100}$/);
    expect(record?.key?.toString()).toMatch(/^\d{10}$/);
  });

  it('writes to a topic that is there, at a rate, one record after the other', async () => {
    await createTopic(database.open(), { name: 'slow' });
    const load = ['--records', '20', '--rate', '1000', '--in-flight', '1'];
    expect(await lastLine(...producer('slow', ...load))).toMatch(
      /^sent 20 records in \d+\.\d s, [\d.]+ records\/s, [\d.]+ MB\/s, latency avg [\d.]+ ms, p50 [\d.]+, p95 [\d.]+, p99 [\d.]+, max [\d.]+$/,
    );
    expect(await endOffsets('slow')).toEqual([20n]);
  });

  it('sends without waiting for answers', async () => {
    const load = ['--records', '500', '--partitions', '1', '--acks', '0'];
    expect(await lastJson(...producer('blind', ...load))).toMatchObject({
      records: 500,
    });
    expect(await endOffsets('blind')).toEqual([500n]);
  });

  it('ends with the first failure, and says what was sent before it', async () => {
    const config = { 'max.message.bytes': 90 };
    await createTopic(database.open(), { name: 'narrow', config });
    const run = await bench(...producer('narrow', '--records', '10'));
    expect(run).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^sent 0 records in .*\n$/),
      stderr: expect.stringContaining('postamt: MESSAGE_TOO_LARGE: '),
    });
  });

  it('writes no letters where readers expect a schema', async () => {
    const value = { type: 'record', name: 'A', fields: [] } as const;
    await openTopic(database.open(), defineTopic('typed', { value }));
    const { code, stderr } = await bench(...producer('typed', '--records=1'));
    expect(code).toBe(1);
    expect(stderr).toContain('SCHEMA_MISMATCH: topic typed has a schema');
    expect(await endOffsets('typed')).toEqual([0n]);
  });

  it.each([
    [['--records', '1'], 'UNKNOWN_TOPIC_OR_PARTITION: there is no topic'],
    [[], "required option '--records <count>' not specified"],
    [['--records', '1', '--acks', '2'], 'Allowed choices are all, 1, 0.'],
    [['--records', '1', '--compression', 'rar'], 'Allowed choices are none'],
  ])('refuses %j', async (args, words) => {
    const { code, stdout, stderr } = await bench(...producer('none', ...args));
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(words);
  });

  it('tells how it goes, and at Ctrl-C what came of it', async () => {
    const load = ['--records', '1000000000', '--rate', '500'];
    const cli = new SpawnedCli(
      [
        'bench',
        ...producer('endless', '--partitions', '1', ...load),
        '--reporting-interval',
        '50',
      ],
      { DATABASE_URL: database.connectionString },
    );
    expect(await cli.line()).toMatch(/^\d+ records in /);
    cli.kill('SIGINT');
    const { code, stdout, stderr } = await cli.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const last = stdout.trimEnd().split('\n').at(-1) ?? '';
    const [, sent] = /^sent (\d+) records in /.exec(last) ?? [];
    expect(await endOffsets('endless')).toEqual([BigInt(sent ?? -1)]);
  });
});

describe('postamt bench consumer', () => {
  beforeAll(async () => {
    const load = ['--records', '1000', '--partitions', '2', '--key-size', '1'];
    await bench(...producer('full', ...load));
  });

  it('reads all that stands in the topic', async () => {
    expect(await lastJson('consumer', '--topic', 'full')).toEqual({
      final: true,
      records: 1_000,
      bytes: 101_000,
      seconds: expect.any(Number),
      recordsPerSecond: expect.any(Number),
      mbPerSecond: expect.any(Number),
    });
    expect(await lastLine('consumer', '--topic', 'full')).toMatch(
      /^read 1000 records in \d+\.\d s, [\d.]+ records\/s, [\d.]+ MB\/s$/,
    );
  });

  it('reads from an offset, and so many records', async () => {
    const [first = 0n, second = 0n] = await endOffsets('full');
    const from = (offset: string) => ['--topic', 'full', '--from', offset];
    expect(await lastJson('consumer', ...from('10'))).toMatchObject({
      records: Number(first + second) - 20,
    });
    expect(await lastJson('consumer', ...from('latest'))).toMatchObject({
      records: 0,
    });
    const some = [...from('earliest'), '--records', '30'];
    expect(await lastJson('consumer', ...some)).toMatchObject({ records: 30 });
  });

  it('waits for records that are not there yet, and says when none come', async () => {
    const more = ['--topic', 'full', '--from', 'latest', '--records', '50'];
    const reading = bench('consumer', ...more, '--json');
    const writings: Promise<CliRun>[] = [];
    const writing = setInterval(() => {
      writings.push(bench(...producer('full', '--records', '10')));
    }, 200);
    const { code, stdout } = await reading;
    clearInterval(writing);
    await Promise.all(writings);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ records: 50 });
    const vain = await bench('consumer', ...more, '--timeout', '100');
    expect(vain).toMatchObject({
      code: 0,
      stderr:
        'postamt: warning: nothing came for 100 ms, and not all is read\n',
    });
  });

  it('refuses a topic that there is not', async () => {
    const { code, stderr } = await bench('consumer', '--topic', 'none');
    expect(code).toBe(1);
    expect(stderr).toContain('UNKNOWN_TOPIC_OR_PARTITION');
  });
});
