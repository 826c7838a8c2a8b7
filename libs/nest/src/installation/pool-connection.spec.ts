import { describe, expect, it } from '@jest/globals';
import { Pool } from 'pg';
import { poolConnection } from './pool-connection.js';

describe('poolConnection', () => {
  it('takes the way to the server with what pg hides of it, and not how the pool is run', () => {
    const ssl = { ca: 'ca', key: 'key' };
    const given = { host: 'h', user: 'u', password: 'secret', ssl, log() {} };
    const connection = poolConnection(new Pool(given));
    expect(connection).toMatchObject({ host: 'h', user: 'u' });
    expect(Object.entries(connection)).toContainEqual(['password', 'secret']);
    expect((connection.ssl as typeof ssl).key).toBe('key');
    expect(Object.keys(connection)).not.toContain('log');
  });
});
