import { describe, expect, it } from '@jest/globals';
import { PostamtError } from '#kernel';
import { formatFailure } from './failure.js';

describe('formatFailure', () => {
  it('is a line with the code, or a JSON object', () => {
    const error = new PostamtError('INVALID_CONFIG', 'no "x"');
    expect(formatFailure(error)).toBe('postamt: INVALID_CONFIG: no "x"');
    expect(formatFailure(error, true)).toBe(
      '{"code":"INVALID_CONFIG","message":"no \\"x\\""}',
    );
  });

  it('takes what is no error of ours', () => {
    expect(formatFailure(new TypeError('x is not'))).toBe(
      'postamt: TypeError: x is not',
    );
    const full = Object.assign(new Error('ENOSPC: no space left, write'), {
      code: 'ENOSPC',
    });
    expect(formatFailure(full)).toBe('postamt: ENOSPC: no space left, write');
  });
});
