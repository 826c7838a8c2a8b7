import { describe, expect, it } from '@jest/globals';
import { DatabaseError } from 'pg';
import { PostamtError } from '#kernel';
import { asPostamtError, errorCodeOf } from './postgres-failure.js';

function serverError(code: string): DatabaseError {
  return Object.assign(new DatabaseError('it failed', 0, 'error'), { code });
}

describe('asPostamtError', () => {
  it('gives the reason of each attempt where a host has several addresses', () => {
    const refused = new AggregateError([
      new Error('connect ECONNREFUSED ::1:5432'),
      new Error('connect ECONNREFUSED 127.0.0.1:5432'),
    ]);
    expect(asPostamtError(refused)).toMatchObject({
      code: 'POSTGRES_UNAVAILABLE',
      message: expect.stringContaining(
        '(connect ECONNREFUSED ::1:5432, connect ECONNREFUSED 127.0.0.1:5432)',
      ),
    });
  });

  it.each([
    ['PA001', 'UNKNOWN_TOPIC_OR_PARTITION'],
    ['PA002', 'STALE_LEAF'],
    ['PA003', 'FENCED_LEADER_EPOCH'],
    ['PA004', 'STALE_CURSOR'],
    ['PA005', 'ILLEGAL_GENERATION'],
    ['55P03', 'TIMED_OUT'],
    ['57P01', 'POSTGRES_UNAVAILABLE'],
    ['57P03', 'POSTGRES_UNAVAILABLE'],
    ['25P03', 'POSTGRES_UNAVAILABLE'],
    ['25P04', 'POSTGRES_UNAVAILABLE'],
    ['08006', 'POSTGRES_UNAVAILABLE'],
    ['53300', 'POSTGRES_UNAVAILABLE'],
  ])('turns SQLSTATE %s into %s', (state, code) => {
    const cause = serverError(state);
    expect(asPostamtError(cause)).toMatchObject({ code, cause });
  });

  it.each(['23505', '42P01', '57014', '40001', '40P01'])(
    'leaves SQLSTATE %s to whose SQL it is',
    (state) => {
      const error = serverError(state);
      expect(asPostamtError(error)).toBe(error);
    },
  );

  it.each([
    new Error('connect ECONNREFUSED'),
    new AggregateError([new Error('connect ECONNREFUSED')]),
  ])('takes what came without a SQLSTATE for a lost connection: %p', (error) =>
    expect(asPostamtError(error)).toMatchObject({
      code: 'POSTGRES_UNAVAILABLE',
    }),
  );

  it.each([
    new TypeError('cannot serialize a BigInt'),
    new RangeError('not in range'),
    new PostamtError('CLOSED', 'closed'),
  ])('does not take a mistake on this side for one: %p', (error) =>
    expect(asPostamtError(error)).toBe(error),
  );
});

describe('errorCodeOf', () => {
  it.each([
    [new PostamtError('CLOSED', 'over'), 'CLOSED'],
    [Object.assign(new Error('in use'), { code: 'EADDRINUSE' }), 'EADDRINUSE'],
    [new RangeError('too far'), 'RangeError'],
    ['thrown', 'Error'],
  ])('gives of %p the code %s', (error, code) => {
    expect(errorCodeOf(error)).toBe(code);
  });
});
