import { describe, expect, it } from '@jest/globals';
import { type ErrorCode, PostamtError } from '#kernel';
import {
  decideRetry,
  type FailedAttempt,
  mayBeOneBatchsFault,
} from './decide-retry.js';

const FIRST_FAILURE: FailedAttempt = {
  attempts: 1,
  retries: 3,
  isIdempotent: true,
  mayBeWritten: false,
  recordCount: 2,
  spanCount: 2,
  isLate: false,
};

const decide = (code: ErrorCode, state: Partial<FailedAttempt> = {}) =>
  decideRetry({ ...FIRST_FAILURE, ...state }, new PostamtError(code, 'x'));

describe('decideRetry', () => {
  it.each<ErrorCode>([
    'FENCED_LEADER_EPOCH',
    'KAFKA_STORAGE_ERROR',
    'NOT_ENOUGH_REPLICAS',
    'NOT_LEADER_OR_FOLLOWER',
    'POSTGRES_UNAVAILABLE',
    'STALE_LEAF',
    'STALE_TIMELINE',
    'TIMED_OUT',
    'TRANSACTION_ROLLED_BACK',
  ])('retries after %s, which appended nothing', (code) => {
    expect(decide(code)).toEqual({ do: 'retry', mayBeWritten: false });
  });

  it.each<ErrorCode>(['OUTCOME_UNKNOWN', 'NOT_ENOUGH_REPLICAS_AFTER_APPEND'])(
    'retries after %s, and remembers that the batch may be written',
    (code) => {
      const retry = { do: 'retry', mayBeWritten: true };
      expect(decide(code)).toEqual(retry);
      expect(decide(code, { isIdempotent: false })).toEqual(retry);
    },
  );

  it('does not forget an unknown outcome over a later failure', () => {
    expect(decide('POSTGRES_UNAVAILABLE', { mayBeWritten: true })).toEqual({
      do: 'retry',
      mayBeWritten: true,
    });
  });

  it.each([{ attempts: 4 }, { retries: 0 }, { isLate: true }])(
    'gives up with %j, and keeps the sequence where nothing was appended',
    (end) => {
      expect(decide('POSTGRES_UNAVAILABLE', end)).toEqual({
        do: 'fail',
        isUnknown: false,
        bumpEpoch: false,
      });
      expect(decide('OUTCOME_UNKNOWN', end)).toEqual({
        do: 'fail',
        isUnknown: true,
        bumpEpoch: true,
      });
    },
  );

  it('raises no epoch where there is none', () => {
    expect(
      decide('OUTCOME_UNKNOWN', { isIdempotent: false, retries: 0 }),
    ).toEqual({ do: 'fail', isUnknown: true, bumpEpoch: false });
  });

  it('says that a batch on too few replicas is written', () => {
    expect(
      decide('NOT_ENOUGH_REPLICAS_AFTER_APPEND', { isLate: true }),
    ).toEqual({ do: 'fail', isUnknown: false, bumpEpoch: true });
  });

  it('splits a batch that is too large, down to one record', () => {
    expect(decide('MESSAGE_TOO_LARGE')).toEqual({ do: 'split', where: 'half' });
    expect(decide('MESSAGE_TOO_LARGE', { recordCount: 1 })).toEqual({
      do: 'fail',
      isUnknown: false,
      bumpEpoch: false,
    });
  });

  it.each<ErrorCode>(['INVALID_RECORD', 'INVALID_TIMESTAMP'])(
    'parts the calls of a batch with %s, down to one call',
    (code) => {
      expect(decide(code)).toEqual({ do: 'split', where: 'calls' });
      expect(decide(code, { spanCount: 1 })).toMatchObject({ do: 'fail' });
    },
  );

  it('tears nothing apart that may be written', () => {
    for (const code of ['MESSAGE_TOO_LARGE', 'INVALID_TIMESTAMP'] as const)
      expect(decide(code, { mayBeWritten: true })).toEqual({
        do: 'fail',
        isUnknown: true,
        bumpEpoch: true,
      });
  });

  it('begins another epoch after a gap, which the caller is told of', () => {
    expect(decide('OUT_OF_ORDER_SEQUENCE_NUMBER')).toEqual({
      do: 'fail',
      isUnknown: false,
      bumpEpoch: true,
    });
  });

  it('takes another producer id where the log knows a newer epoch, unless the batch may be written', () => {
    expect(decide('INVALID_PRODUCER_EPOCH')).toEqual({ do: 'renew' });
    expect(
      decide('INVALID_PRODUCER_EPOCH', { mayBeWritten: true }),
    ).toMatchObject({ do: 'fail', isUnknown: true });
  });

  it('fails what is final, and what it does not know', () => {
    const failed = { do: 'fail', isUnknown: false, bumpEpoch: false };
    expect(decide('UNKNOWN_TOPIC_OR_PARTITION')).toEqual(failed);
    expect(decide('CORRUPT_MESSAGE')).toEqual(failed);
    expect(decideRetry(FIRST_FAILURE, new Error('x'))).toEqual(failed);
  });
});

describe('mayBeOneBatchsFault', () => {
  it('is said of what the log refuses, not of what befell the request', () => {
    const said = (code: ErrorCode) =>
      mayBeOneBatchsFault(new PostamtError(code, 'x'));
    expect(said('MESSAGE_TOO_LARGE')).toBe(true);
    expect(said('OUT_OF_ORDER_SEQUENCE_NUMBER')).toBe(true);
    expect(mayBeOneBatchsFault(new Error('x'))).toBe(true);
    expect(said('OUTCOME_UNKNOWN')).toBe(false);
    expect(said('POSTGRES_UNAVAILABLE')).toBe(false);
  });
});
