import { randomUUID } from 'node:crypto';
import { backoffMs, isPostamtError, sleep } from '#kernel';
import {
  readReplicationServer,
  readSlot,
  sqlStateOf,
  type Database,
  type ReplicationSlot,
  type SlotStream,
} from '#postgres';
import { CdcSession } from './cdc-session.js';
import { publicationOf } from './cdc-slot.js';
import type {
  CdcRelayOptions,
  CdcRelayStatus,
  CdcState,
} from './cdc-relay-options.js';
import { requireServer, requireSlot, slotName } from './require-cdc.js';

const MOVE_BYTES = 8 * 1024 * 1024;
const TAKE_OVER_INTERVAL_MS = 1_000;
const BETWEEN_FAILURES = { initialMs: 20, maxMs: 5_000 };
/** object_in_use */
const SLOT_IS_TAKEN = '55006';

/**
 * Moves events that were published to the WAL into their topics, exactly once and in the order of their COMMITs. One
 * relay reads a slot at a time, the server sees to that; further ones wait and take over.
 *
 * @example
 * await createCdcSlot(db, 'app_outbox');
 * const relay = new CdcRelay(db, { slot: 'app_outbox' });
 * await relay.start();
 * …
 * await relay.stop(); // the move that is under way is finished
 */
export class CdcRelay {
  readonly id: string;
  readonly #db: Database;
  readonly #options: Required<CdcRelayOptions>;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #state: CdcState = 'starting';
  #moved = 0;
  #detoured = 0;
  #malformed = 0;
  #failures = 0;
  #failing = 0;
  #lastError: string | undefined;

  /** @throws PostamtError INVALID_CONFIG for a name that no slot can have */
  constructor(db: Database, options: CdcRelayOptions) {
    this.id = options.id ?? randomUUID();
    this.#db = db;
    this.#options = {
      allowUnboundedWal: false,
      takeOverIntervalMs: TAKE_OVER_INTERVAL_MS,
      moveBytes: MOVE_BYTES,
      ...options,
      id: this.id,
      slot: slotName(options.slot),
    };
  }

  /**
   * Looks at the server and the slot, and begins to move. Idempotent.
   *
   * @throws PostamtError INVALID_CONFIG for a server that is not set up for it; SLOT_LOST; POSTGRES_UNAVAILABLE. What goes
   * wrong later is logged, shown in `status`, and tried again.
   */
  async start(): Promise<void> {
    if (this.#running) return;
    await this.#check(true);
    this.#running ??= this.#run(this.#stopping.signal);
  }

  /** Finishes the move that is under way, moves no more and gives the slot back. Idempotent. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    this.#state = 'stopped';
  }

  get status(): CdcRelayStatus {
    return {
      id: this.id,
      slot: this.#options.slot,
      state: this.#state,
      moved: this.#moved,
      detoured: this.#detoured,
      malformed: this.#malformed,
      failures: this.#failures,
      lastError: this.#lastError,
    };
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const slot = await this.#check(false);
        await this.#stream(slot, signal);
      } catch (error) {
        await this.#recover(error, signal);
      }
    }
  }

  async #check(aloud: boolean): Promise<ReplicationSlot> {
    const server = await readReplicationServer(this.#db);
    requireServer(server, this.#options);
    const { slot: name } = this.#options;
    const { logger } = this.#db;
    if (aloud && server.walKeepBytes === undefined)
      logger.warn({ slot: name }, 'a slot may keep the WAL without limit');
    else if (aloud)
      logger.warn(
        { slot: name, bytes: Number(server.walKeepBytes) },
        'a slot that is further behind than max_slot_wal_keep_size is lost',
      );
    return requireSlot(name, await readSlot(this.#db, name));
  }

  async #stream(slot: ReplicationSlot, signal: AbortSignal): Promise<void> {
    const stream = await this.#db.openSlotStream({
      slot: slot.name,
      publication: publicationOf(this.#db),
      prefix: this.#db.schema,
    });
    try {
      const session = await CdcSession.open(this.#db, this.#options);
      this.#state = 'running';
      while (!signal.aborted) await this.#step(stream, session, slot.failover);
    } finally {
      await stream.close();
    }
  }

  async #step(
    stream: SlotStream,
    session: CdcSession,
    failover: boolean,
  ): Promise<void> {
    const { signal } = this.#stopping;
    const taken = await stream.take(this.#options.moveBytes, signal);
    const last = taken.at(-1);
    if (!last) return;
    for await (const done of session.move(taken)) {
      this.#moved += done.moved;
      this.#detoured += done.detoured;
      this.#malformed += done.malformed;
      this.#failing = 0;
      this.#lastError = undefined;
    }
    stream.confirm(last.endLsn, failover ? await session.writtenUpTo() : 0n);
    await session.prune();
  }

  async #recover(error: unknown, signal: AbortSignal): Promise<void> {
    if (sqlStateOf(error) === SLOT_IS_TAKEN) {
      this.#state = 'waiting';
      await sleep(this.#options.takeOverIntervalMs, signal);
      return;
    }
    this.#failing += 1;
    this.#failures += 1;
    this.#lastError = String(error);
    this.#state = isPostamtError(error, 'SLOT_LOST') ? 'lost' : 'failing';
    const fields = { err: error, relay: this.id, slot: this.#options.slot };
    this.#db.logger.error(fields, 'the CDC relay failed; beginning again');
    await sleep(backoffMs(BETWEEN_FAILURES, this.#failing), signal);
  }
}
