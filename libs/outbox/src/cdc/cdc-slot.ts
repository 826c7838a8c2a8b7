import { PostamtError } from '#kernel';
import {
  createSlot,
  dropSlot,
  readReplicationServer,
  readSlot,
  type Database,
  type ReplicationSlot,
} from '#postgres';
import { requireServer, requireSlot, slotName } from './require-cdc.js';
import { readDetours } from './sql/cdc-detours.js';
import {
  forgetPositions,
  readPosition,
  type CdcPosition,
} from './sql/cdc-positions.js';

export interface CreateCdcSlotOptions {
  /** Make it also where `max_slot_wal_keep_size` is -1: the disk fills up while no relay runs. */
  readonly allowUnboundedWal?: boolean;
  /** Have standbys keep a copy of it, so that it outlives a promotion; Postgres 17 and later. False by default. */
  readonly failover?: boolean;
  /** Make it although a slot of this name was lost, and with it what was published since. */
  readonly acceptLoss?: boolean;
}

/** How a slot, and what is read from it, stands. */
export interface CdcStatus {
  /** Undefined: there is no such slot in this database. */
  readonly slot: ReplicationSlot | undefined;
  /** What was moved last; undefined before anything was. */
  readonly position: CdcPosition | undefined;
  /** How many keys go by the outbox's table, behind an event that was refused. */
  readonly detours: number;
}

/** The publication without tables that `pgoutput` asks for. */
export function publicationOf(db: Database): string {
  return `${db.schema}_cdc`;
}

/**
 * Looks whether anybody could read what is published to a slot.
 *
 * @throws PostamtError SLOT_LOST; INVALID_CONFIG for a name that no slot can have
 */
export async function requireCdc(db: Database, name: string): Promise<void> {
  requireSlot(name, await readSlot(db, slotName(name)));
}

/**
 * Makes the slot that a CDC relay reads from: what is published to it from then on is read. It waits for the transactions
 * that are open.
 *
 * @throws PostamtError INVALID_CONFIG for a server that is not set up for it; SLOT_LOST where a slot of this name was read
 * from before and is gone
 */
export async function createCdcSlot(
  db: Database,
  name: string,
  options: CreateCdcSlotOptions = {},
): Promise<'created' | 'exists'> {
  const { allowUnboundedWal = false, failover = false } = options;
  const server = await readReplicationServer(db);
  requireServer(server, { allowUnboundedWal });
  if (failover && server.majorVersion < 17) {
    throw new PostamtError(
      'NOT_SUPPORTED',
      `slots that outlive a promotion came with Postgres 17, and this is ${server.majorVersion}`,
    );
  }
  const { slot, position } = await readCdcStatus(db, slotName(name));
  if (slot) return 'exists';
  if (position && !options.acceptLoss) {
    throw new PostamtError(
      'SLOT_LOST',
      `a replication slot ${name} was read from before and is gone: what was published since is not in the log; publish it again, and say acceptLoss (--accept-loss)`,
    );
  }
  await db.run(forgetPositions, [name]);
  const publication = publicationOf(db);
  return createSlot(db, { name, publication, failover });
}

/** Drops the slot, and forgets how far it was read: what was published to it and not moved is lost. */
export async function dropCdcSlot(db: Database, name: string): Promise<void> {
  await dropSlot(db, slotName(name));
  await db.run(forgetPositions, [name]);
}

/** Reads how a slot stands: how much of the WAL is kept for it, and what was moved last. */
export async function readCdcStatus(
  db: Database,
  name: string,
): Promise<CdcStatus> {
  const slot = await readSlot(db, slotName(name));
  const [position] = await db.run(readPosition, [name]);
  const detours = await db.run(readDetours, [name]);
  return { slot, position, detours: detours.length };
}
