import { describe, expect, it } from '@jest/globals';
import { PostamtError } from '#kernel';
import { asPostamtError, errorCodeOf } from './postgres-failure.js';

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
