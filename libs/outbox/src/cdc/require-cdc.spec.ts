import { describe, expect, it } from '@jest/globals';
import type { ReplicationServer, ReplicationSlot } from '#postgres';
import { requireServer, requireSlot, slotName } from './require-cdc.js';

const server: ReplicationServer = {
  majorVersion: 18,
  walLevel: 'logical',
  mayReplicate: true,
  role: 'app',
  walKeepBytes: 1_000_000n,
};
const slot: ReplicationSlot = {
  name: 's',
  plugin: 'pgoutput',
  active: false,
  confirmedFlush: 1n,
  retainedBytes: 0n,
  lagBytes: 0n,
  walStatus: 'reserved',
  invalidation: undefined,
  failover: false,
};
const guarded = { allowUnboundedWal: false };

describe('requireServer', () => {
  it('takes a server that is set up', () => {
    expect(() => requireServer(server, guarded)).not.toThrow();
  });

  it.each([
    ['another wal_level', { walLevel: 'replica' }, 'wal_level is replica'],
    [
      'a role that may not',
      { mayReplicate: false },
      'alter role app replication',
    ],
    [
      'a WAL without limit',
      { walKeepBytes: undefined },
      'max_slot_wal_keep_size',
    ],
  ])('refuses %s, and says what to set', (_, given, words) => {
    expect(() => requireServer({ ...server, ...given }, guarded)).toThrow(
      words,
    );
  });

  it('takes a WAL without limit from whoever says so', () => {
    const unbounded = { ...server, walKeepBytes: undefined };
    const options = { allowUnboundedWal: true };
    expect(() => requireServer(unbounded, options)).not.toThrow();
  });
});

describe('requireSlot', () => {
  it('takes a slot that is there', () => {
    expect(requireSlot('s', slot)).toBe(slot);
  });

  it.each([
    ['is not there', undefined, 'SLOT_LOST'],
    ['was given up', { ...slot, invalidation: 'wal_removed' }, 'SLOT_LOST'],
    ['is of another plugin', { ...slot, plugin: 'wal2json' }, 'INVALID_CONFIG'],
  ])('refuses a slot that %s', (_, given, code) => {
    expect(() => requireSlot('s', given)).toThrow(
      expect.objectContaining({ code }),
    );
  });
});

describe('slotName', () => {
  it('takes what the server takes', () => {
    expect(slotName('app_outbox_2')).toBe('app_outbox_2');
    for (const name of ['', 'App', 'a-b', 'a"b', 'a'.repeat(64)])
      expect(() => slotName(name)).toThrow('the slot');
  });
});
