import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { murmur2 } from '#records';
import { useDatabase } from '#testing';

const database = useDatabase({ beforeAll, afterEach, afterAll });

describe('murmur2 in SQL', () => {
  it('is what Kafka has, for keys of every length', async () => {
    const db = database.open();
    const keys = Array.from({ length: 4_000 }, (_, n) => randomBytes(n % 67));
    keys.push(Buffer.alloc(9, 0x80), Buffer.alloc(40, 0xff));
    keys.push(Buffer.from('foobar'), randomBytes(100_003));
    const hex = keys.map((key) => key.toString('hex'));
    const { rows } = await db.query(
      `select postamt.murmur2(decode(hex, 'hex')) as hash
      from unnest($1::text[]) with ordinality as given(hex, place) order by place`,
      [hex],
    );
    expect(rows.map((row) => row.hash)).toEqual(keys.map(murmur2));
  });
});
