import { Client } from 'pg';
import { Database, type EmbeddedPostgres } from '#postgres';
import { startTestServer, TestDatabase } from '#testing';
import { Halt } from '../halt.js';
import { PausedTransaction, type Halves } from '../paused-transaction.js';
import type { SceneStage } from './mover.js';

/** A database on a server of the test's own, and what is open in it. */
export class Place implements SceneStage {
  readonly connectionString: string;
  readonly db: Database;
  readonly #clients: Client[] = [];

  constructor(connectionString: string) {
    this.connectionString = connectionString;
    this.db = new Database({ connection: connectionString });
  }

  async client(): Promise<Client> {
    const client = new Client({ connectionString: this.connectionString });
    // Its server may be killed while it is open.
    client.on('error', () => {});
    await client.connect();
    this.#clients.push(client);
    return client;
  }

  pause<Found>(halves: Halves<Found>): Promise<PausedTransaction<Found>> {
    return PausedTransaction.begin(this.db, new Halt(), halves);
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.end()));
    await this.db.close();
  }
}

/** A server of the test's own, for what comes from another one or goes there. */
export class Cluster {
  readonly server: EmbeddedPostgres;
  readonly #places: Place[] = [];

  private constructor(server: EmbeddedPostgres) {
    this.server = server;
  }

  static async start(
    settings: Readonly<Record<string, string>> = {},
  ): Promise<Cluster> {
    return new Cluster(await startTestServer({ fsync: 'off', ...settings }));
  }

  /** A database of its own for one test. */
  async place(): Promise<Place> {
    const { connectionString } = this.server;
    const database = await TestDatabase.create(connectionString);
    return this.#note(new Place(database.connectionString));
  }

  /** The database that is here the same as that place: on a standby of its server. */
  static sameAs(place: Place, server: string): Place {
    const url = new URL(server);
    url.pathname = new URL(place.connectionString).pathname;
    return new Place(url.toString());
  }

  /** Gives out so many transaction ids. */
  async spendTransactionIds(count: number): Promise<void> {
    const place = await this.place();
    await place.db.query('create table spent (n int)');
    // A block with an exception clause is a subtransaction; one that writes takes an id.
    await place.db.query(
      `do $$ begin
        for n in 1..${count} loop
          begin insert into spent values (n); exception when unique_violation then end;
        end loop;
      end $$`,
    );
  }

  async closePlaces(): Promise<void> {
    await Promise.all(this.#places.splice(0).map((place) => place.close()));
  }

  async stop(): Promise<void> {
    await this.closePlaces();
    await this.server.stop();
  }

  #note(place: Place): Place {
    this.#places.push(place);
    return place;
  }
}
