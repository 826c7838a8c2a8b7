import { describe, expect, it } from '@jest/globals';
import { DatabaseError } from 'pg';
import { isPostamtError, type ErrorCode } from '#kernel';
import { commitFailure, type CommitReport } from './commit-outcome.js';

function serverError(code: string, severity: string): DatabaseError {
  const error = new DatabaseError('it failed', 0, 'error');
  return Object.assign(error, { code, severity });
}

function codeOf(report: Partial<CommitReport>): ErrorCode | 'none' | 'other' {
  const failure = commitFailure({ notices: [], ...report });
  if (failure === undefined) return 'none';
  return isPostamtError(failure) ? failure.code : 'other';
}

describe('commitFailure', () => {
  it('is none where COMMIT says COMMIT', () => {
    expect(codeOf({ command: 'COMMIT' })).toBe('none');
  });

  it('is TRANSACTION_ROLLED_BACK where COMMIT says ROLLBACK', () => {
    expect(codeOf({ command: 'ROLLBACK' })).toBe('TRANSACTION_ROLLED_BACK');
  });

  it.each([
    { severity: 'WARNING', code: '01000' },
    { severity: 'WARNING', code: '57P01' },
    { severity: 'WARNUNG', code: '01000' },
    { severity: 'ПРЕДУПРЕЖДЕНИЕ', code: '57P01' },
  ])('is OUTCOME_UNKNOWN where COMMIT warned: %j', (notice) => {
    expect(codeOf({ command: 'COMMIT', notices: [notice] })).toBe(
      'OUTCOME_UNKNOWN',
    );
  });

  it.each([
    { severity: 'NOTICE', code: '00000' },
    { severity: 'HINWEIS', code: '00000' },
    { severity: 'NOTICE', code: 'P0001' },
    { severity: 'INFO' },
    {},
  ])('does not mind what only informs: %j', (notice) => {
    expect(codeOf({ command: 'COMMIT', notices: [notice] })).toBe('none');
  });

  it('is the error itself where a deferred constraint failed', () => {
    const error = serverError('23503', 'ERROR');
    expect(commitFailure({ error, notices: [] })).toBe(error);
  });

  it.each([
    ['the session was ended', serverError('57P01', 'FATAL')],
    ['the server stopped', serverError('XX000', 'PANIC')],
    ['the connection failed', serverError('08006', 'ERROR')],
    ['the server does not know', serverError('40003', 'ERROR')],
    ['the socket broke', new Error('Connection terminated unexpectedly')],
  ])('is OUTCOME_UNKNOWN where %s', (_, error) => {
    expect(codeOf({ error })).toBe('OUTCOME_UNKNOWN');
  });
});
