import { Client, type ClientConfig } from 'pg';
import { Catalogue } from '#log';
import { Database, migrate, type EmbeddedPostgres } from '#postgres';
import type { Measured } from './figure.ts';
import { withDatabase } from './with-database.ts';

export interface BenchOptions {
  /** How often each side is measured; 5 unless given. */
  readonly rounds: number;
  /** A tenth of the work. */
  readonly quick: boolean;
  /** How long what takes minutes is watched; each such figure has a default of its own. */
  readonly minutes?: number | undefined;
}

/** Two sides of one comparison; each measures once and returns a rate or a time. */
export interface Sides {
  readonly ours: () => Promise<number>;
  readonly peer: () => Promise<number>;
}

/** What one figure works with: a database of its own on the run's server, and clients without any engine. */
export class Bench {
  readonly options: BenchOptions;
  readonly connectionString: string;
  readonly db: Database;
  readonly catalogue: Catalogue;
  readonly #clients: Client[] = [];
  #names = 0;

  private constructor(connectionString: string, options: BenchOptions) {
    this.options = options;
    this.connectionString = connectionString;
    this.db = new Database({ connection: connectionString });
    this.catalogue = new Catalogue(this.db);
  }

  /** Runs `body` with a database that is made for it and dropped behind it. */
  static async with<Result>(
    server: EmbeddedPostgres,
    options: BenchOptions,
    body: (bench: Bench) => Promise<Result>,
  ): Promise<Result> {
    return withDatabase(server.connectionString, 'bench', async (url) => {
      await migrate({ connection: url });
      const bench = new Bench(url, options);
      try {
        return await body(bench);
      } finally {
        await bench.#close();
      }
    });
  }

  /** A name that nothing in this figure's database has yet. */
  newName(prefix: string): string {
    this.#names += 1;
    return `${prefix}-${this.#names}`;
  }

  /** `count`, or a tenth of it in a quick run. */
  scaled(count: number): number {
    return this.options.quick ? Math.ceil(count / 10) : count;
  }

  /** A connection without any engine; it is closed with the figure. */
  async client(config: ClientConfig = {}): Promise<Client> {
    const client = new Client({
      connectionString: this.connectionString,
      ...config,
    });
    await client.connect();
    this.#clients.push(client);
    return client;
  }

  /** Once each uncounted, then in turn, the order changing from round to round; a checkpoint before each. */
  async measure(sides: Sides): Promise<Measured> {
    const ours: number[] = [];
    const peer: number[] = [];
    await sides.ours();
    await sides.peer();
    for (let round = 0; round < this.options.rounds; round += 1) {
      const turns = [
        async () => ours.push(await this.#afterCheckpoint(sides.ours)),
        async () => peer.push(await this.#afterCheckpoint(sides.peer)),
      ];
      for (const turn of round % 2 === 0 ? turns : turns.toReversed())
        await turn();
    }
    return { ours, peer };
  }

  /** The same for one side. */
  async measureAlone(act: () => Promise<number>): Promise<number[]> {
    const values: number[] = [];
    await act();
    for (let round = 0; round < this.options.rounds; round += 1)
      values.push(await this.#afterCheckpoint(act));
    return values;
  }

  async #afterCheckpoint(act: () => Promise<number>): Promise<number> {
    await this.db.query('checkpoint');
    return act();
  }

  async #close(): Promise<void> {
    await Promise.all(this.#clients.map(async (client) => client.end()));
    await this.db.close();
  }
}
