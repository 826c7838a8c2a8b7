import { describe, expect, it } from '@jest/globals';
import { groupSettings } from './group-options.js';

describe('groupSettings', () => {
  it('fills in what Kafka does', () => {
    expect(groupSettings({ group: 'board' })).toEqual({
      group: 'board',
      enableAutoCommit: true,
      autoCommitIntervalMs: 5_000,
      maxPollIntervalMs: 300_000,
      member: {},
    });
  });

  it('hands on what the group decides on', () => {
    const given = { group: 'board', groupInstanceId: 'one', clientId: 'me' };
    expect(groupSettings({ ...given, sessionTimeoutMs: 9_000 })).toMatchObject({
      groupInstanceId: 'one',
      member: {
        groupInstanceId: 'one',
        clientId: 'me',
        sessionTimeoutMs: 9_000,
      },
    });
  });

  it('is nothing without a group, and refuses what only a group has', () => {
    expect(groupSettings({})).toBeUndefined();
    expect(groupSettings({ enableAutoCommit: false })).toBeUndefined();
    const refused = expect.objectContaining({ code: 'INVALID_CONFIG' });
    expect(() => groupSettings({ enableAutoCommit: true })).toThrow(refused);
    expect(() => groupSettings({ groupInstanceId: 'one' })).toThrow(refused);
  });

  it.each([0, -1, 0.5, 2 ** 31])('refuses an interval of %d ms', (value) => {
    const options = { group: 'board', autoCommitIntervalMs: value };
    expect(() => groupSettings(options)).toThrow(
      expect.objectContaining({ code: 'INVALID_CONFIG' }),
    );
  });

  it('refuses a name that is none', () => {
    for (const group of ['', 'x'.repeat(250)])
      expect(() => groupSettings({ group })).toThrow(
        expect.objectContaining({ code: 'INVALID_GROUP_ID' }),
      );
  });
});
