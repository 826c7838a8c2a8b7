/** How a CDC relay works. */
export interface CdcRelayOptions {
  /** The name of the replication slot: it is made with `createCdcSlot` or `postamt outbox cdc create`. */
  readonly slot: string;
  /** Stands beside each position that this relay notes; made up by default. */
  readonly id?: string;
  /** Read also where `max_slot_wal_keep_size` is -1: the disk fills up while no relay runs. False by default. */
  readonly allowUnboundedWal?: boolean;
  /** How often a relay that waits for its turn asks for the slot, in milliseconds; 1,000 by default. */
  readonly takeOverIntervalMs?: number;
  /** About how much is moved in one transaction at the most, in bytes; 8 MiB by default. A larger transaction goes whole. */
  readonly moveBytes?: number;
}

/**
 * `waiting`: another relay has the slot. `lost`: the slot is gone or was invalidated, and events with it. `failing`: what
 * went wrong last stands in `lastError`, and it is tried again.
 */
export const CDC_STATES = [
  'starting',
  'running',
  'waiting',
  'failing',
  'lost',
  'stopped',
] as const;
export type CdcState = (typeof CDC_STATES)[number];

/** How a CDC relay is doing. */
export interface CdcRelayStatus {
  readonly id: string;
  readonly slot: string;
  readonly state: CdcState;
  /** Events moved into their topics since it was started. */
  readonly moved: number;
  /** Events that it wrote into the outbox's table, since their topics refused them or an earlier one of their key. */
  readonly detoured: number;
  /** Logical messages with the outbox's prefix that were none of its, and were left out. */
  readonly malformed: number;
  /** How often it had to begin again since it was started. */
  readonly failures: number;
  /** What it failed with last, while it has not moved anything since. */
  readonly lastError: string | undefined;
}
