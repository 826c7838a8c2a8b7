import { PostamtError } from '#kernel';
import type { ReplicationServer, ReplicationSlot } from '#postgres';

/**
 * Refuses a server that a slot must not be made on, or read from.
 *
 * @throws PostamtError INVALID_CONFIG with what to set
 */
export function requireServer(
  server: ReplicationServer,
  { allowUnboundedWal }: { readonly allowUnboundedWal: boolean },
): void {
  if (server.walLevel !== 'logical') {
    throw refused(
      `wal_level is ${server.walLevel}: set it to logical and restart the server`,
    );
  }
  if (!server.mayReplicate) {
    throw refused(
      `the role ${server.role} may not read the WAL: alter role ${server.role} replication`,
    );
  }
  if (server.walKeepBytes !== undefined || allowUnboundedWal) return;
  throw refused(
    'max_slot_wal_keep_size is -1: while no relay runs, the server keeps its WAL until its disk is full; set a limit, or allowUnboundedWal: true',
  );
}

/**
 * Refuses a slot from which not everything can be read any more.
 *
 * @throws PostamtError SLOT_LOST; INVALID_CONFIG for a slot of another plugin
 */
export function requireSlot(
  name: string,
  slot: ReplicationSlot | undefined,
): ReplicationSlot {
  if (!slot) {
    throw new PostamtError(
      'SLOT_LOST',
      `there is no logical replication slot ${name} in this database: make it with \`postamt outbox cdc create ${name}\`; what was published while it was gone is not in the log`,
    );
  }
  if (slot.invalidation !== undefined) {
    throw new PostamtError(
      'SLOT_LOST',
      `the server has given up the replication slot ${name} (${slot.invalidation}): what was published since the last position is not in the log; publish it again, then drop the slot and make it anew`,
    );
  }
  if (slot.plugin === 'pgoutput') return slot;
  throw refused(
    `the replication slot ${name} is one of ${slot.plugin}: give one of pgoutput`,
  );
}

/** The name of a slot as the server takes it: it goes into START_REPLICATION as it stands. */
export function slotName(name: string): string {
  if (/^[a-z0-9_]{1,63}$/.test(name)) return name;
  throw refused(
    `the slot's name is ${JSON.stringify(name)}: give 1 to 63 of a-z, 0-9 and _`,
  );
}

function refused(words: string): PostamtError {
  return new PostamtError('INVALID_CONFIG', `CDC mode: ${words}`);
}
