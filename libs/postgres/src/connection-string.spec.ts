import { describe, expect, it } from '@jest/globals';
import { connectionString } from './connection-string.js';

describe('connectionString', () => {
  it.each([
    'postgres://user:secret@localhost:5432/app',
    'postgresql:///app?host=/var/run/postgresql',
    'postgres://user:secret@/app',
    'socket:/var/run/postgresql?db=app',
    '/var/run/postgresql app',
  ])('takes %s', (text) => {
    expect(connectionString(text, 'DATABASE_URL')).toBe(text);
  });

  it.each([undefined, ''])('says what to set where %p was given', (text) => {
    expect(() => connectionString(text, 'DATABASE_URL')).toThrow(
      expect.objectContaining({
        code: 'INVALID_CONFIG',
        message:
          'no database is given: set DATABASE_URL to postgres://user:password@host:port/database',
      }),
    );
  });

  it.each([
    'app',
    'mysql://user:secret@host/app',
    'postgres://a:secret@h:x/app',
  ])('refuses %s and does not repeat it', (text) => {
    expect(() => connectionString(text, '--database-url')).toThrow(
      expect.objectContaining({
        code: 'INVALID_CONFIG',
        message:
          '--database-url is no connection string: give postgres://user:password@host:port/database',
      }),
    );
  });
});
