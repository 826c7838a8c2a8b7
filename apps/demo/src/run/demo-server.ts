import { startEmbeddedPostgres, type EmbeddedPostgres } from 'postamt/engine';
import type { DemoOptions } from './demo-options.js';

/** The Postgres that the demo runs on: the embedded one, or one that runs already. */
export class DemoServer {
  readonly connectionString: string;
  /** Where its data are, for a run that goes on; undefined when they end with it. */
  readonly kept: string | undefined;
  readonly #embedded: EmbeddedPostgres | undefined;

  private constructor(
    connectionString: string,
    kept: string | undefined,
    embedded?: EmbeddedPostgres,
  ) {
    this.connectionString = connectionString;
    this.kept = kept;
    this.#embedded = embedded;
  }

  static async start(options: DemoOptions): Promise<DemoServer> {
    const { databaseUrl, data } = options;
    if (databaseUrl) return new DemoServer(databaseUrl, 'DATABASE_URL');
    const embedded = await startEmbeddedPostgres(
      data ? { dataDirectory: data } : {},
    );
    const kept = data && `--data ${data}`;
    return new DemoServer(embedded.connectionString, kept, embedded);
  }

  /** Stops the embedded server; another one is left as it is. */
  async stop(): Promise<void> {
    await this.#embedded?.stop();
  }
}
