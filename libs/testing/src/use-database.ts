import type { Database, DatabaseOptions } from '#postgres';
import { TestDatabase } from './test-database.js';

/** The hooks of the test runner, as jest and vitest have them. */
export interface TestHooks {
  beforeAll(hook: () => Promise<void>): void;
  afterEach(hook: () => Promise<void>): void;
  afterAll(hook: () => Promise<void>): void;
}

/** The database of a spec file. */
export interface SpecDatabase {
  readonly connectionString: string;
  /** Opens it for one test; it is closed when the test ends. */
  open(options?: Partial<DatabaseOptions>): Database;
}

/**
 * Gives a spec file a database of its own, and fails each test that leaves a connection, a listener or a lock behind.
 * The server is the one at `POSTAMT_TEST_SERVER`.
 *
 * @example
 * const database = useDatabase({ beforeAll, afterEach, afterAll });
 * it('…', async () => { const db = database.open(); … });
 */
export function useDatabase(
  hooks: TestHooks,
  options: { empty?: boolean } = {},
): SpecDatabase {
  let database: TestDatabase | undefined;
  const current = () => {
    if (database) return database;
    throw new Error('the database of this spec is there from beforeAll on');
  };
  hooks.beforeAll(async () => {
    const server = process.env.POSTAMT_TEST_SERVER ?? '';
    database = options.empty
      ? await TestDatabase.createEmpty(server)
      : await TestDatabase.create(server);
  });
  hooks.afterEach(async () => {
    const leaks = await current().close();
    if (leaks.length > 0) throw new Error(`leaked: ${leaks.join('; ')}`);
  });
  hooks.afterAll(async () => current().drop());
  return {
    get connectionString() {
      return current().connectionString;
    },
    open: (opened) => current().open(opened),
  };
}
