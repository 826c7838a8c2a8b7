import { describe, expect, it } from '@jest/globals';
import { parsePostmasterFile } from './postmaster-file.js';

const READY =
  '4711\n/var/data\n1700000000\n5433\n\n127.0.0.1\n  1234567     98304\nready   \n';

describe('parsePostmasterFile', () => {
  it('reads process id, port and status', () => {
    expect(parsePostmasterFile(READY)).toEqual({
      pid: 4711,
      port: 5433,
      status: 'ready',
    });
  });

  it('leaves open what a postmaster that starts has not written yet', () => {
    expect(parsePostmasterFile('4711\n/var/data\n')).toEqual({
      pid: 4711,
      port: undefined,
      status: undefined,
    });
  });

  it('takes an empty file for none', () => {
    expect(parsePostmasterFile('')).toBeUndefined();
  });
});
