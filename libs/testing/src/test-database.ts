import { randomBytes } from 'node:crypto';
import { Database, migrate, type DatabaseOptions } from '#postgres';
import { findLeaks } from './find-leaks.js';

/** The name of the database that every spec's database is a copy of. */
const TEMPLATE = 'postamt_template';

/**
 * A database of its own for one spec file, copied from a migrated template: a few hundredths of a second.
 *
 * @example
 * const database = await TestDatabase.create(process.env.DATABASE_URL);
 * const db = database.open();
 * …
 * await database.drop();
 */
export class TestDatabase {
  readonly connectionString: string;
  readonly #server: string;
  readonly #name: string;
  readonly #opened = new Set<Database>();

  private constructor(server: string, name: string) {
    this.#server = server;
    this.#name = name;
    this.connectionString = databaseUrl(server, name);
  }

  /** Makes the template on a server, anew. To be called once, before specs run. */
  static async prepareTemplate(server: string): Promise<void> {
    await onServer(server, `drop database if exists ${TEMPLATE} with (force)`);
    await onServer(server, `create database ${TEMPLATE}`);
    await migrate({ connection: databaseUrl(server, TEMPLATE) });
  }

  /** A fresh copy of the template. `server` is a connection string of any database on it. */
  static async create(server: string): Promise<TestDatabase> {
    return TestDatabase.#make(server, ` template ${TEMPLATE}`);
  }

  /** A fresh database without anything in it. */
  static async createEmpty(server: string): Promise<TestDatabase> {
    return TestDatabase.#make(server, '');
  }

  static async #make(server: string, template: string): Promise<TestDatabase> {
    const name = `spec_${randomBytes(6).toString('hex')}`;
    await onServer(server, `create database ${name}${template}`);
    return new TestDatabase(server, name);
  }

  /** Opens it; what is still open at `drop` is closed there. */
  open(options: Partial<DatabaseOptions> = {}): Database {
    const db = new Database({ connection: this.connectionString, ...options });
    this.#opened.add(db);
    return db;
  }

  /** What stands open in the database now that this process did not open through {@link TestDatabase.open}. */
  async leaks(): Promise<string[]> {
    return findLeaks(this.#server, this.#name);
  }

  /** Closes what was opened, and says what other connections, listeners and locks are left. */
  async close(): Promise<string[]> {
    await Promise.all([...this.#opened].map((db) => db.close()));
    this.#opened.clear();
    return this.leaks();
  }

  /** Closes what was opened here and drops the database, whoever is still connected to it. */
  async drop(): Promise<void> {
    await Promise.all([...this.#opened].map((db) => db.close()));
    await onServer(
      this.#server,
      `drop database if exists ${this.#name} with (force)`,
    );
  }
}

function databaseUrl(server: string, name: string): string {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.toString();
}

async function onServer(server: string, statement: string): Promise<void> {
  const db = new Database({ connection: server, maxConnections: 1 });
  try {
    await db.query(statement);
  } finally {
    await db.close();
  }
}
