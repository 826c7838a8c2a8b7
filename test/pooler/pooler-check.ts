import type { Database, EmbeddedPostgres } from '#postgres';

/** What a check works with: every connection of it goes through the pooler. */
export interface PoolerStage {
  /** Opens the database by way of the pooler. */
  open(): Database;
  /** The server behind the pooler. */
  readonly server: EmbeddedPostgres;
  /** Has the pooler find another server at the same address; connections to the pooler stay. */
  turnTo(connectionString: string): void;
  /** Runs SQL on the server itself. */
  direct(text: string): Promise<readonly Record<string, unknown>[]>;
}

/** Something that has to work through the pooler; it throws when it does not. */
export interface PoolerCheck {
  readonly name: string;
  readonly run: (stage: PoolerStage) => Promise<void>;
}
