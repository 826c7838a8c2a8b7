import { isPostamtError } from '#kernel';
import type { EmbeddedPostgres, RawRow } from '#postgres';
import { waitFor } from '../wait-for.js';
import { followSettings, makeSlot } from './follow-settings.js';
import type { KeptFolder } from './kept-folder.js';
import { onServer } from './on-server.js';

/** What a {@link Standby} is made of; `startStandby` does that. */
export interface StandbyParts {
  readonly name: string;
  readonly primary: EmbeddedPostgres;
  readonly server: EmbeddedPostgres;
  readonly folder: KeptFolder;
}

const PROMOTION_SECONDS = 60;

/** A physical streaming standby of an embedded server. It never outlives this process, nor does its data. */
export class Standby {
  /** Its `application_name`, as `pg_stat_replication` of the primary shows it, and the name of its replication slot. */
  readonly name: string;
  /** The database that the primary's connection string names, here. */
  readonly connectionString: string;
  readonly port: number;
  readonly #primary: EmbeddedPostgres;
  readonly #server: EmbeddedPostgres;
  readonly #folder: KeptFolder;
  #paused: number[] = [];
  #stopped: Promise<void> | undefined;

  constructor({ name, primary, server, folder }: StandbyParts) {
    this.name = name;
    this.connectionString = server.connectionString;
    this.port = server.port;
    this.#primary = primary;
    this.#server = server;
    this.#folder = folder;
  }

  /** The postmaster's process id. */
  get pid(): number {
    return this.#server.pid;
  }

  /** Stops it (fast shutdown), removes its data, and its slot on the primary where that still runs. Idempotent. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  /** Kills its postmaster with SIGKILL; what it had flushed comes back with {@link start}. */
  async kill(): Promise<void> {
    this.#paused = [];
    await this.#server.crash();
  }

  /** Starts it again on the same port and data: after {@link kill}, or else after a fast shutdown. */
  async start(): Promise<void> {
    this.resume();
    await this.#server.restart();
  }

  /** Halts its WAL receiver with SIGSTOP: it is connected, takes nothing and flushes nothing, until {@link resume}. */
  async pause(): Promise<void> {
    const pid = await waitFor(`the WAL receiver of ${this.name}`, async () => {
      const [row] = await this.#ask(
        `select pid from pg_stat_activity where backend_type = 'walreceiver'`,
      );
      return row?.pid as number | undefined;
    });
    process.kill(pid, 'SIGSTOP');
    this.#paused.push(pid);
  }

  /** Lets it go on after {@link pause}. */
  resume(): void {
    for (const pid of this.#paused) signal(pid, 'SIGCONT');
    this.#paused = [];
  }

  /** Makes it a primary on a timeline of its own (`pg_promote`), and resolves when it takes writes. */
  async promote(): Promise<void> {
    this.resume();
    const [row] = await this.#ask(
      `select pg_promote(true, ${PROMOTION_SECONDS}) as promoted`,
    );
    if (!row?.promoted)
      throw new Error(
        `the standby ${this.name} was not promoted within ${PROMOTION_SECONDS} s`,
      );
  }

  /** Has it stream from a standby that was promoted, on whose timeline it goes on; it must not be ahead of that one. */
  async follow(primary: Standby): Promise<void> {
    const { connectionString } = primary;
    this.resume();
    await onServer(connectionString, (db) => makeSlot(db, this.name));
    await onServer(this.connectionString, async (db) => {
      for (const [name, value] of followSettings(connectionString, this.name))
        await db.query(
          `alter system set ${name} = '${value.replaceAll("'", "''")}'`,
        );
      await db.query('select pg_reload_conf()');
    });
  }

  /** How far it has flushed what it received, as a number that can be compared with another standby's. */
  async flushedPosition(): Promise<bigint> {
    const [row] = await this.#ask(
      `select pg_wal_lsn_diff(
        greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()), '0/0') as position`,
    );
    return BigInt((row?.position as string | null) ?? 0);
  }

  async #stop(): Promise<void> {
    this.resume();
    await this.#server.stop();
    await this.#folder.remove();
    await dropSlot(this.#primary.connectionString, this.name);
  }

  async #ask(text: string): Promise<RawRow[]> {
    return onServer(
      this.connectionString,
      async (db) => (await db.query(text)).rows,
    );
  }
}

/** Its end may be seen before that of the session that it streamed through: the slot is in use until then. */
async function dropSlot(primary: string, slot: string): Promise<void> {
  await onServer(primary, (db) =>
    waitFor('the slot to be free', async () => {
      try {
        const { rows } = await db.query(
          `select active, case when not active then pg_drop_replication_slot(slot_name) end
          from pg_replication_slots where slot_name = $1`,
          [slot],
        );
        return !rows[0]?.active;
      } catch (error) {
        // The primary is gone, and with it the slot.
        if (isPostamtError(error, 'POSTGRES_UNAVAILABLE')) return true;
        throw error;
      }
    }),
  );
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended meanwhile.
  }
}
