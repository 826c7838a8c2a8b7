import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Listener } from '#client';
import { Outbox, Relay } from '#outbox';
import { defineTopic } from '#schemas';
import { useDatabase, waitFor } from '#testing';
import { checkSchema, migrate } from './migrate.js';

const database = useDatabase(
  { beforeAll, afterEach, afterAll },
  { empty: true },
);
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const run = promisify(execFile);

/** A directory of migrations, in place of our own. */
async function inDirectory<T>(
  files: Record<string, string>,
  act: (directory: string) => Promise<T>,
): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'migrations-'));
  for (const [name, text] of Object.entries(files))
    await writeFile(join(directory, name), text);
  try {
    return await act(directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}

const FIRST = { '000001.sql': 'create table :schema.first (id int);' };
const SECOND = {
  ...FIRST,
  '000002.sql': 'create table :schema.second (id int);',
};
const BREAKING = {
  ...SECOND,
  '000003.sql': '--! breaking\ncreate table :schema.third (id int);',
};

describe('migrate', () => {
  it('is fine with twenty processes at once: one does the work', async () => {
    const script = fileURLToPath(
      new URL('fixtures/migrate-once.mjs', import.meta.url),
    );
    const hooks = ['--import', './scripts/typescript-hooks.mjs'];
    const runs = Array.from({ length: 20 }, () =>
      run(
        process.execPath,
        [...hooks, script, database.connectionString, 'by_twenty'],
        { cwd: ROOT },
      ),
    );
    const applied = (await Promise.all(runs)).map(
      ({ stdout }) => JSON.parse(stdout) as string[],
    );
    expect(applied.filter(({ length }) => length > 0)).toEqual([
      [
        '000001',
        '000002-breaking',
        '000003-breaking',
        '000004',
        '000005',
        '000006-breaking',
      ],
    ]);
    await checkSchema({
      connection: database.connectionString,
      schema: 'by_twenty',
    });
  }, 120_000);

  it('brings the whole way into a schema of another name, beside one that is there', async () => {
    const topic = defineTopic('letters', { value: 'string' });
    const seen: string[] = [];
    for (const schema of ['one', 'two']) {
      await migrate({ connection: database.connectionString, schema });
      const db = database.open({ schema });
      const outbox = await Outbox.open(db, [topic]);
      const relay = new Relay(db);
      relay.start();
      const listener = new Listener<object, string, string>(db, {
        topic,
        group: 'readers',
        handler: (value) => void seen.push(`${schema} ${value}`),
      });
      await listener.start();
      await db.transaction((tx) =>
        outbox.publish(tx, topic, { value: 'hello' }),
      );
      await waitFor('the letter', () => seen.includes(`${schema} hello`));
      await listener.stop();
      await relay.stop();
    }
    expect(seen).toEqual(['one hello', 'two hello']);
    const { rows } = await database
      .open({ schema: 'one' })
      .query(
        "select 1 from information_schema.tables where table_schema = 'postamt' or table_schema = 'public'",
      );
    expect(rows).toEqual([]);
  });

  it('refuses to work on a schema that a newer, breaking version migrated', async () => {
    const options = { connection: database.connectionString, schema: 'newer' };
    await inDirectory(BREAKING, (directory) =>
      migrate({ ...options, directory }),
    );
    await inDirectory(FIRST, async (directory) => {
      const failure = {
        code: 'SCHEMA_TOO_NEW',
        message: expect.stringMatching(/newer.*000003-breaking.*upgrade/s),
      };
      await expect(migrate({ ...options, directory })).rejects.toMatchObject(
        failure,
      );
      await expect(
        checkSchema({ ...options, directory }),
      ).rejects.toMatchObject(failure);
    });
  });

  it('works on a schema that a newer version migrated without breaking it', async () => {
    const options = { connection: database.connectionString, schema: 'ahead' };
    await inDirectory(SECOND, (directory) =>
      migrate({ ...options, directory }),
    );
    await inDirectory(FIRST, async (directory) => {
      expect(await migrate({ ...options, directory })).toMatchObject({
        applied: [],
      });
      await checkSchema({ ...options, directory });
    });
  });

  it('runs what is missing, and checkSchema says what is', async () => {
    const options = { connection: database.connectionString, schema: 'behind' };
    await inDirectory(FIRST, (directory) => migrate({ ...options, directory }));
    await inDirectory(SECOND, async (directory) => {
      await expect(
        checkSchema({ ...options, directory }),
      ).rejects.toMatchObject({
        code: 'SCHEMA_TOO_OLD',
        message: expect.stringMatching(/000002.*postamt migrate/s),
      });
      expect(await migrate({ ...options, directory })).toMatchObject({
        applied: ['000002'],
      });
    });
    await expect(
      checkSchema({ connection: database.connectionString, schema: 'nowhere' }),
    ).rejects.toMatchObject({ code: 'SCHEMA_TOO_OLD' });
  });

  it('leaves nothing half done when a file fails, and names file and reason', async () => {
    const options = {
      connection: database.connectionString,
      schema: 'failing',
    };
    const files = {
      '000001.sql':
        'create table :schema.first (id int); create table :schema.first (id int);',
    };
    await inDirectory(files, async (directory) => {
      await expect(migrate({ ...options, directory })).rejects.toMatchObject({
        code: 'MIGRATION_FAILED',
        message: expect.stringMatching(/failing.*000001.*already exists/s),
      });
    });
    await inDirectory(FIRST, async (directory) => {
      expect(await migrate({ ...options, directory })).toMatchObject({
        applied: ['000001'],
      });
    });
  });

  it.each([
    'Postamt',
    'a-b',
    'a;drop schema public',
    '',
    'pg_own',
    'x'.repeat(41),
  ])('refuses the schema %j', async (schema) => {
    const migrating = migrate({
      connection: database.connectionString,
      schema,
    });
    await expect(migrating).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
  });
});
