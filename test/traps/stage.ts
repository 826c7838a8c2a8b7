import { Client } from 'pg';
import type { Database } from '#postgres';
import { TestDatabase, waitFor } from '#testing';
import { Halt } from './halt.js';
import { PausedTransaction, type Halves } from './paused-transaction.js';

/** The database of one test, with all that stands open in it: connections of the test's and halted transactions. */
export class Stage {
  readonly #server: string;
  readonly #database: TestDatabase;
  readonly #clients: Client[] = [];
  readonly #halts: Halt[] = [];
  #db: Database;

  private constructor(server: string, database: TestDatabase) {
    this.#server = server;
    this.#database = database;
    this.#db = database.open();
  }

  static async open(server: string): Promise<Stage> {
    return new Stage(server, await TestDatabase.create(server));
  }

  get db(): Database {
    return this.#db;
  }

  /** For a process of its own. */
  get connectionString(): string {
    return this.#database.connectionString;
  }

  /** Opens the database anew, for settings that count for new connections only. */
  async reopen(): Promise<void> {
    await this.#db.close();
    this.#db = this.#database.open();
  }

  /** A connection of the test's own, to the database of the test. */
  async client(): Promise<Client> {
    return this.#connect(this.#database.connectionString);
  }

  /** A connection to another database of the same cluster. */
  async clientElsewhere(): Promise<Client> {
    return this.#connect(this.#server);
  }

  /** A point to stand at, given up when the test ends. */
  halt(): Halt {
    const halt = new Halt();
    this.#halts.push(halt);
    return halt;
  }

  /** Begins a transaction and stops it between its halves. */
  async pause<Found>(halves: Halves<Found>): Promise<PausedTransaction<Found>> {
    return PausedTransaction.begin(this.#db, this.halt(), halves);
  }

  /**
   * Resolves when nothing more will come of `step` by itself: to true when it stands waiting for an advisory lock, to
   * false when it is through.
   */
  async heldUp(step: Promise<unknown>): Promise<boolean> {
    let through = false;
    const note = () => {
      through = true;
    };
    step.then(note, note);
    const outcome = await waitFor('a step to end or to wait', async () => {
      if (through) return 'through';
      return (await this.#somebodyWaits()) ? 'waits' : undefined;
    });
    return outcome === 'waits';
  }

  /** Closes everything, drops the database, and says what was left open in it. */
  async end(): Promise<string[]> {
    for (const halt of this.#halts) halt.abandon();
    await Promise.all(this.#clients.map((client) => client.end()));
    const leaks = await this.#database.close();
    await this.#database.drop();
    return leaks;
  }

  async #connect(connectionString: string): Promise<Client> {
    const client = new Client({ connectionString });
    // A connection that the test has the server end says so; unheard, that ends the process.
    client.on('error', () => {});
    await client.connect();
    this.#clients.push(client);
    return client;
  }

  async #somebodyWaits(): Promise<boolean> {
    const { rows } = await this.#db.query(
      `select from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock' and wait_event = 'advisory'`,
    );
    return rows.length > 0;
  }
}
