import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { Client } from 'pg';
import { useDatabase } from '#testing';
import { lentClient } from './lent-client.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });

describe('lentClient', () => {
  it('lends a pg client as it is, and only the query of one that does not tell its status', async () => {
    const client = new Client(database.connectionString);
    await client.connect();
    const old = withoutStatus(client);
    expect(lentClient(client)).toBe(client);
    const lent = lentClient(old);
    expect(Object.keys(lent ?? {})).toEqual(['query']);
    const answered = await lent?.query('select $1::int as n', [1]);
    expect(answered?.rows).toEqual([{ n: 1 }]);
    await client.end();
  });

  it.each([undefined, null, 7, {}, { query: () => {} }, { off: () => {} }])(
    'lends nothing of %j',
    (given) => {
      expect(lentClient(given)).toBeUndefined();
    },
  );
});

/** As a client of an old pg is. */
function withoutStatus(client: Client): unknown {
  return new Proxy(client, {
    get: (target, name) => {
      if (name === 'getTransactionStatus') return undefined;
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}
