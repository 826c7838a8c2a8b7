import { describe, expect, it } from '@jest/globals';
import {
  BEGIN,
  DEFAULT_TX_SETTINGS,
  SETTINGS_TEXT,
  settingsValues,
} from './tx-settings.js';

describe('The settings of a transaction', () => {
  it('say isolation, durability and time-outs, whatever the database has by default', () => {
    expect(BEGIN).toBe('begin isolation level read committed read write');
    expect(SETTINGS_TEXT.match(/'\w+', [^,]+/g)).toEqual([
      "'synchronous_commit', 'local'",
      "'client_min_messages', 'notice'",
      "'lock_timeout', $1",
      "'idle_in_transaction_session_timeout', $2",
      "'statement_timeout', $3",
    ]);
    expect(settingsValues(DEFAULT_TX_SETTINGS)).toEqual([
      '10000',
      '10000',
      '60000',
    ]);
  });

  it.each([-1, 1.5, NaN, Infinity, 2 ** 31, '1; drop table x' as never])(
    'refuse a time-out of %p',
    (lockTimeoutMs) => {
      expect(() =>
        settingsValues({ ...DEFAULT_TX_SETTINGS, lockTimeoutMs }),
      ).toThrow('give whole milliseconds from 0 to 2147483647');
    },
  );
});
