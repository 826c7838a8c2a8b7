import { inspect } from 'node:util';
import { Database, type EmbeddedPostgres } from '#postgres';
import { TestDatabase, waitFor } from '#testing';
import { TcpSwitch } from '../faults/tcp-switch.ts';
import { PgBouncer } from './pgbouncer.ts';
import type { PoolerCheck, PoolerStage } from './pooler-check.ts';

/** How pooler and client are set. */
export interface PoolerSetting {
  readonly preparedStatements: boolean;
  readonly maxPreparedStatements: number | undefined;
}

/** Few enough that every transaction meets sessions that others have used. */
const POOL_SIZE = 2;

/** Runs each check on a database of its own, through a pooler of its own; how many failed. */
export async function runChecks(run: {
  readonly server: EmbeddedPostgres;
  readonly setting: PoolerSetting;
  readonly checks: readonly PoolerCheck[];
  readonly print: (line: string) => void;
}): Promise<number> {
  const { server, setting, checks, print } = run;
  let failed = 0;
  for (const check of checks) {
    try {
      await runCheck(server, setting, check);
      print(`  ok: ${check.name}`);
    } catch (error) {
      failed += 1;
      print(`  FAILED: ${check.name}\n${inspect(error)}`);
    }
  }
  return failed;
}

async function runCheck(
  server: EmbeddedPostgres,
  { preparedStatements, maxPreparedStatements }: PoolerSetting,
  check: PoolerCheck,
): Promise<void> {
  const database = await TestDatabase.create(server.connectionString);
  const tcpSwitch = await TcpSwitch.open(portOf(database.connectionString));
  const bouncer = await PgBouncer.start({
    server: tcpSwitch.address(database.connectionString),
    maxPreparedStatements,
    poolSize: POOL_SIZE,
  });
  const direct = new Database({ connection: database.connectionString });
  const connection = bouncer.address(database.connectionString);
  const stage: PoolerStage = {
    server,
    turnTo: (other) => tcpSwitch.turnTo(portOf(other)),
    open: () => database.open({ connection, preparedStatements }),
    direct: async (text) => (await direct.query(text)).rows,
  };
  try {
    await check.run(stage);
    await requireNothingLeft(stage);
  } finally {
    await direct.close();
    // What stands open in the sessions of the pooler goes with it.
    await database.drop();
    await bouncer.stop();
    await tcpSwitch.close();
  }
}

function portOf(connectionString: string): number {
  return Number(new URL(connectionString).port);
}

/** No lock, no open transaction and no setting stays in a session: the next one in it is somebody else. */
async function requireNothingLeft(stage: PoolerStage): Promise<void> {
  const left = await stage.direct(
    `select query from pg_stat_activity
    where datname = current_database() and state like 'idle in transaction%'
    union all
    select 'lock ' || objid from pg_locks join pg_database on oid = database
    where locktype = 'advisory' and datname = current_database()`,
  );
  const db = stage.open();
  const settings = await waitFor('the pooler to answer', () =>
    db.query(
      `select name, setting from pg_settings
      where source = 'session' and name not in ('application_name', 'client_encoding')`,
    ),
  );
  await db.close();
  if (left.length + settings.rows.length > 0)
    throw new Error(`left in a session: ${inspect([left, settings.rows])}`);
}
