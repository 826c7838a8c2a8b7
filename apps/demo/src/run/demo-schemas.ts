import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { DemoFailure } from './demo-failure.js';
import { DESK_SCHEMA, ENGINE_SCHEMA } from './schemas.js';

const SCHEMAS = [ENGINE_SCHEMA, DESK_SCHEMA];
/** What tells the demo's schemas from somebody's who chose the same name. */
const MARK = 'Made by the demo of Postamt, and dropped by its next run.';
/** An advisory lock of the session, so that two demos do not meet in one database; any number that nobody else has. */
const LOCK = '7306096124186190';
const LOCK_PATIENCE_MS = 5_000;

/** The demo's place in a database: two schemas of its own, held as long as the demo runs. */
export class DemoSchemas {
  readonly #client: Client;

  private constructor(client: Client) {
    this.#client = client;
  }

  /**
   * Takes the place.
   *
   * @throws DemoFailure when another demo is at work in the database
   */
  static async take(connectionString: string): Promise<DemoSchemas> {
    const application_name = 'postamt-demo';
    const client = new Client({ connectionString, application_name });
    client.on('error', () => {});
    await client.connect();
    try {
      await lock(client);
      return new DemoSchemas(client);
    } catch (error) {
      await client.end();
      throw error;
    }
  }

  /**
   * Drops what a run before has left, and makes the schemas anew.
   *
   * @throws DemoFailure when there is a schema of that name that the demo did not make
   */
  async makeAnew(): Promise<void> {
    await this.#client.query('begin');
    for (const schema of SCHEMAS) {
      await this.#refuseForeign(schema);
      await this.#client.query(`drop schema if exists ${schema} cascade`);
      await this.#client.query(`create schema ${schema}`);
      await this.#client.query(`comment on schema ${schema} is '${MARK}'`);
    }
    await this.#client.query('commit');
  }

  /**
   * Finds what a run before has left. One that was stopped before it had made anything leaves nothing: then they are made.
   *
   * @throws DemoFailure when there is a schema of that name that the demo did not make
   */
  async findOrMake(): Promise<void> {
    for (const schema of SCHEMAS) {
      await this.#refuseForeign(schema);
      if ((await this.#marks(schema)).length === 0) return this.makeAnew();
    }
  }

  /** Lets go of the place. */
  async release(): Promise<void> {
    await this.#client.end();
  }

  async #refuseForeign(schema: string): Promise<void> {
    const marks = await this.#marks(schema);
    if (marks.every((mark) => mark === MARK)) return;
    throw new DemoFailure(
      `the schema ${schema} in this database was not made by the demo, which would drop it: give another database`,
    );
  }

  /** The comment of a schema, in a list that is empty when there is no such schema. */
  async #marks(schema: string): Promise<(string | null)[]> {
    const { rows } = await this.#client.query<{ mark: string | null }>(
      `select obj_description(oid, 'pg_namespace') as mark from pg_namespace where nspname = $1`,
      [schema],
    );
    return rows.map(({ mark }) => mark);
  }
}

/** A demo that was stopped a moment ago may still be on its way out. */
async function lock(client: Client): Promise<void> {
  const deadline = Date.now() + LOCK_PATIENCE_MS;
  for (;;) {
    const { rows } = await client.query<{ had: boolean }>(
      'select pg_try_advisory_lock($1) as had',
      [LOCK],
    );
    if (rows[0]?.had) return;
    if (Date.now() > deadline)
      throw new DemoFailure('another demo is at work in this database');
    await delay(100);
  }
}
