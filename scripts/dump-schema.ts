/**
 * Writes migrations/schema.sql: runs the migrations on an embedded Postgres, and reads from its catalogue what they made
 * (the embedded server comes without pg_dump).
 *
 *     npm run dump:schema     writes the file
 *     npm run check:schema    compares the file, shows the first differing lines, and exits with 1 if there are any
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Database, migrate, startEmbeddedPostgres } from '#postgres';
import { differences } from './schema-dump/differences.ts';
import { formatSchema } from './schema-dump/format-schema.ts';
import { readSchema } from './schema-dump/read-schema.ts';

const FILE = 'migrations/schema.sql';
const path = join(import.meta.dirname, '..', FILE);

async function dump(): Promise<string> {
  const server = await startEmbeddedPostgres({ settings: { fsync: 'off' } });
  const connection = server.connectionString;
  const db = new Database({ connection });
  try {
    await migrate({ connection });
    return formatSchema(db.schema, await readSchema(db));
  } finally {
    await db.close();
    await server.stop();
  }
}

function check(wanted: string): void {
  const file = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const found = differences(file, wanted);
  if (found.length === 0) return console.log(`${FILE} is up to date`);
  console.error(
    `${FILE} is not what the migrations make; run \`npm run dump:schema\``,
  );
  for (const line of found) console.error(line);
  process.exitCode = 1;
}

const wanted = await dump();
if (process.argv.includes('--check')) check(wanted);
else writeFileSync(path, wanted);
