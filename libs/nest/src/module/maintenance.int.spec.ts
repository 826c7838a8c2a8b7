import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { createTopic, deleteTopic } from '#log';
import { Database } from '#postgres';
import { useDatabase, waitFor } from '#testing';
import { newTopic, startApp } from '../fixtures/counted.js';
import { PostamtRuntime } from '../runtime/postamt-runtime.js';
import { PostamtModule } from './postamt.module.js';
import type { PostamtModuleOptions } from './postamt-module-options.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });

async function start(options: Partial<PostamtModuleOptions>) {
  const { connectionString } = database;
  return startApp({
    imports: [PostamtModule.forRoot({ connectionString, ...options })],
  });
}

describe("The log's maintenance in an application", () => {
  it('runs beside the relay, and ends with the application', async () => {
    const app = await start({ maintenance: { intervalMs: 1 } });
    const db = app.get(Database);
    const { name } = newTopic();
    const { leaf } = await createTopic(db, { name });
    await deleteTopic(db, name);
    await waitFor('the leaf to be dropped', async () => {
      const { rows } = await db.query('select to_regclass($1) as leaf', [
        `postamt.${leaf}`,
      ]);
      return rows[0]?.leaf === null;
    });
    await app.close();
  });

  it.each([
    [{}, true],
    [{ relay: false }, false],
    [{ relay: false, maintenance: true }, true],
    [{ maintenance: false }, false],
  ])('with %j is there: %s', async (options, isThere) => {
    const app = await start(options);
    expect(app.get(PostamtRuntime).maintenance !== undefined).toBe(isThere);
    await app.close();
  });
});
