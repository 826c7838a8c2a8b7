import { expect, it } from '@jest/globals';
import { PostamtError } from '#kernel';
import { outcomeOf } from './outcome-of.js';

it('takes for a failure only what says that nothing was appended', () => {
  const of = (code: ConstructorParameters<typeof PostamtError>[0]) =>
    outcomeOf(new PostamtError(code, 'x'));
  expect(of('POSTGRES_UNAVAILABLE')).toBe('fail');
  expect(of('NOT_ENOUGH_REPLICAS')).toBe('fail');
  expect(of('NOT_ENOUGH_REPLICAS_AFTER_APPEND')).toBe('unknown');
  expect(of('OUTCOME_UNKNOWN')).toBe('unknown');
  expect(of('CLOSED')).toBe('unknown');
  expect(outcomeOf(new Error('read ECONNRESET'))).toBe('unknown');
});
