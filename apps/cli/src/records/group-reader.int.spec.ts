import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { append, Catalogue, createTopic } from '#log';
import { encodeRecordBatch } from '#records';
import { useDatabase } from '#testing';
import { captureCli } from '../fixtures/captured-cli.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });

describe('postamt consume --group', () => {
  it('goes on where the group has stopped, also within what was read at once', async () => {
    const db = database.open();
    await createTopic(db, { name: 'shared' });
    const records = ['a', 'b', 'c', 'd'].map((value) => ({
      timestamp: 0,
      key: null,
      value: Buffer.from(value),
    }));
    await append(db, new Catalogue(db), [
      { topic: 'shared', partition: 0, batch: encodeRecordBatch(records) },
    ]);
    const group = ['consume', 'shared', '--group', 'audit', '--json'];
    expect(await valuesOf(...group, '--limit', '1')).toEqual(['a']);
    expect(await valuesOf(...group, '--limit', '2')).toEqual(['b', 'c']);
    const other = group.with(3, 'other');
    expect(await valuesOf(...other, '--limit', '4')).toHaveLength(4);
  });

  it('refuses to begin at an offset, and to read one partition', async () => {
    const group = ['consume', 'shared', '--group', 'audit'];
    expect(await postamt(...group, '--from', '7')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('reset-offsets'),
    });
    expect(await postamt(...group, '--partition', '0')).toMatchObject({
      stderr: expect.stringContaining('cannot be used with'),
    });
  });
});

async function postamt(...args: string[]) {
  return captureCli('--database-url', database.connectionString, ...args);
}

async function valuesOf(...args: string[]): Promise<unknown[]> {
  const { code, stdout, stderr } = await postamt(...args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const lines = stdout.trimEnd().split('\n');
  return lines.map((line) => (JSON.parse(line) as { value: unknown }).value);
}
