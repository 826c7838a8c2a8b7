import { describe, expect, it } from '@jest/globals';
import { beginText, DEFAULT_TX_SETTINGS } from './tx-settings.js';

describe('beginText', () => {
  it('says isolation, durability and time-outs itself, whatever the database has by default', () => {
    expect(beginText(DEFAULT_TX_SETTINGS).split('; ')).toEqual([
      'begin isolation level read committed read write',
      'set local synchronous_commit = local',
      'set local client_min_messages = notice',
      'set local lock_timeout = 10000',
      'set local idle_in_transaction_session_timeout = 10000',
      'set local statement_timeout = 60000',
    ]);
  });

  it.each([-1, 1.5, NaN, Infinity, 2 ** 31, '1; drop table x' as never])(
    'refuses a time-out of %p',
    (lockTimeoutMs) => {
      expect(() =>
        beginText({ ...DEFAULT_TX_SETTINGS, lockTimeoutMs }),
      ).toThrow('give whole milliseconds from 0 to 2147483647');
    },
  );
});
