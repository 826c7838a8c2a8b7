import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { append, Catalogue, createTopic } from '#log';
import type { Database } from '#postgres';
import { encodeRecordBatch } from '#records';
import { useDatabase } from '#testing';
import { SpawnedCli } from './fixtures/spawned-cli.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });

/** Starts the CLI on the database of this file. */
function postamt(...args: string[]): SpawnedCli {
  return new SpawnedCli(args, { DATABASE_URL: database.connectionString });
}

async function write(
  db: Database,
  topic: string,
  values: readonly string[],
): Promise<void> {
  const batch = encodeRecordBatch(
    values.map((value) => ({
      timestamp: 0,
      key: null,
      value: Buffer.from(value),
    })),
  );
  await append(db, new Catalogue(db), [{ topic, partition: 0, batch }]);
}

describe('postamt as a process', () => {
  it('takes the database from its environment, and ends by itself', async () => {
    await createTopic(database.open(), { name: 'listed' });
    const { code, stdout, stderr } = await postamt('topics', 'list').ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^topic .*\nlisted .*\n$/);
  });

  it.each([
    ['', 'INVALID_CONFIG', 'set DATABASE_URL (or --database-url)'],
    ['app', 'INVALID_CONFIG', 'is no connection string'],
    [
      'postgres://a:secret@127.0.0.1:1/app',
      'POSTGRES_UNAVAILABLE',
      'ECONNREFUSED',
    ],
  ])(
    'ends with 1 and one line, without a stack, for DATABASE_URL=%p',
    async (url, code, words) => {
      const env = { DATABASE_URL: url };
      const run = await new SpawnedCli(['topics', 'list'], env).ended;
      expect(run).toMatchObject({ code: 1, stdout: '' });
      expect(run.stderr).toMatch(new RegExp(`^postamt: ${code}: .*\n$`));
      expect(run.stderr).toContain(words);
      expect(run.stderr).not.toContain('secret');
    },
  );

  it('ends quietly when its reader leaves', async () => {
    const db = database.open();
    await createTopic(db, { name: 'long' });
    const values = Array.from({ length: 20_000 }, (_, n) => `value ${n}`);
    await write(db, 'long', values);
    const cli = postamt('consume', 'long', '--json');
    expect(JSON.parse(await cli.line())).toMatchObject({ value: 'value 0' });
    cli.closeStdout();
    expect(await cli.ended).toMatchObject({ code: 0, stderr: '' });
  });

  it('follows what comes, and ends at Ctrl-C', async () => {
    const db = database.open();
    await createTopic(db, { name: 'followed' });
    await write(db, 'followed', ['first']);
    const cli = postamt('consume', 'followed', '--follow', '--json');
    expect(JSON.parse(await cli.line())).toMatchObject({ value: 'first' });
    const next = cli.line();
    await write(db, 'followed', ['second']);
    expect(JSON.parse(await next)).toMatchObject({ value: 'second' });
    cli.kill('SIGINT');
    expect(await cli.ended).toMatchObject({ code: 0, stderr: '' });
  });
});
