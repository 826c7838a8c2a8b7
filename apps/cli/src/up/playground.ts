import type { Logger } from '#kernel';
import { GroupMaintenance } from '#groups';
import { LogMaintenance } from '#log';
import { OutboxMaintenance, Relay } from '#outbox';
import {
  Database,
  type EmbeddedPostgres,
  migrate,
  startEmbeddedPostgres,
} from '#postgres';
import { ServerWatch } from './server-watch.js';

export interface PlaygroundOptions {
  readonly schema: string;
  /** Where the data are kept; thrown away at the end where none is named. */
  readonly data?: string;
  /** Any that is free by default. */
  readonly port?: number;
  /** Hears of the relay and its connections. */
  readonly logger: Logger;
}

/** A place to play: a Postgres of its own with Postamt in it, a relay, and the log's maintenance. */
export class Playground {
  readonly schema: string;
  /** Aborts when the server has ended by itself; the reason is the error to throw. */
  readonly serverEnded: AbortSignal;
  readonly #server: EmbeddedPostgres;
  readonly #db: Database;
  readonly #relay: Relay;
  readonly #maintenance: LogMaintenance;
  readonly #outboxMaintenance: OutboxMaintenance;
  readonly #groupMaintenance: GroupMaintenance;

  private constructor(
    server: EmbeddedPostgres,
    db: Database,
    serverEnded: AbortSignal,
  ) {
    this.schema = db.schema;
    this.serverEnded = serverEnded;
    this.#server = server;
    this.#db = db;
    this.#relay = new Relay(db);
    this.#maintenance = new LogMaintenance(db);
    this.#outboxMaintenance = new OutboxMaintenance(db);
    this.#groupMaintenance = new GroupMaintenance(db);
  }

  /**
   * Starts all of it; nothing is left where that fails.
   *
   * @throws PostamtError EMBEDDED_POSTGRES_FAILED, whose message names what is in the way; NOT_SUPPORTED on Windows;
   * INVALID_CONFIG; SCHEMA_TOO_NEW where a newer version wrote the data
   */
  static async start(options: PlaygroundOptions): Promise<Playground> {
    const { schema, data, port, logger } = options;
    const watch = new ServerWatch();
    const server = await startEmbeddedPostgres({
      ...(data !== undefined && { dataDirectory: data }),
      ...(port !== undefined && { port }),
      logger: watch,
    });
    try {
      const connection = server.connectionString;
      await migrate({ connection, schema });
      const applicationName = 'postamt-up';
      const db = new Database({ connection, schema, applicationName, logger });
      const playground = new Playground(server, db, watch.ended);
      playground.#relay.start();
      playground.#maintenance.start();
      playground.#outboxMaintenance.start();
      playground.#groupMaintenance.start();
      return playground;
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  get databaseUrl(): string {
    return this.#server.connectionString;
  }

  get dataDirectory(): string {
    return this.#server.dataDirectory;
  }

  /** Finishes the move that is under way and stops the server; data that are not kept are removed. */
  async stop(): Promise<void> {
    try {
      await Promise.all([
        this.#relay.stop(),
        this.#maintenance.stop(),
        this.#outboxMaintenance.stop(),
        this.#groupMaintenance.stop(),
      ]);
      await this.#db.close();
    } finally {
      await this.#server.stop();
    }
  }
}
