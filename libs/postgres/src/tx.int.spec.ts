import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { sql } from 'kysely';
import { useDatabase, waitFor } from '#testing';
import type { Database } from './database.js';
import { bind, defineStatement } from './statement.js';
import type { Tx } from './tx.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });

const insertRow = defineStatement<[id: unknown]>({
  name: 'insert_row',
  text: () => 'insert into effects values ($1::int)',
});
const divide = defineStatement<[by: number], number>({
  name: 'divide',
  text: () => 'select 1 / $1::int as result',
  mapRow: (row) => row.result as number,
});
const endOwnSession = defineStatement<[]>({
  name: 'end_own_session',
  text: () => 'select pg_terminate_backend(pg_backend_pid())',
});

async function openWithTable(
  options: Parameters<typeof database.open>[0] = {},
): Promise<Database> {
  const db = database.open(options);
  await db.query('drop table if exists effects');
  await db.query('create table effects (id int unique deferrable)');
  return db;
}

async function effects(db: Database): Promise<number[]> {
  const { rows } = await db.query('select id from effects order by id');
  return rows.map((row) => row.id as number);
}

describe('A transaction', () => {
  it('commits when its body resolves and rolls back when it throws', async () => {
    const db = await openWithTable();
    const kept = await db.transaction(async (tx) => {
      await tx.run(insertRow, [1]);
      return 'kept';
    });
    const thrown = new RangeError('not this one');
    await expect(
      db.transaction(async (tx) => {
        await tx.run(insertRow, [2]);
        throw thrown;
      }),
    ).rejects.toBe(thrown);
    expect(kept).toBe('kept');
    expect(await effects(db)).toEqual([1]);
  });

  it('is TRANSACTION_ROLLED_BACK where the body swallowed the error of a statement', async () => {
    const db = await openWithTable({ maxConnections: 1 });
    await expect(
      db.transaction(async (tx) => {
        await tx.run(insertRow, [1]);
        await tx.run(divide, [0]).catch(() => {});
      }),
    ).rejects.toMatchObject({ code: 'TRANSACTION_ROLLED_BACK' });
    expect(await effects(db)).toEqual([]);
  });

  it('fails with the error itself where a deferred constraint fails at COMMIT', async () => {
    const db = await openWithTable({ maxConnections: 1 });
    await expect(
      db.transaction(async (tx) => {
        await tx.query('set constraints all deferred');
        await tx.run(insertRow, [1]);
        await tx.run(insertRow, [1]);
      }),
    ).rejects.toMatchObject({ code: '23505' });
    expect(await effects(db)).toEqual([]);
  });

  it('is POSTGRES_UNAVAILABLE where the connection was lost before COMMIT, and the pool goes on', async () => {
    const db = await openWithTable({ maxConnections: 1 });
    await expect(
      db.transaction(async (tx) => {
        await tx.run(insertRow, [1]);
        await tx.run(endOwnSession, []);
      }),
    ).rejects.toMatchObject({ code: 'POSTGRES_UNAVAILABLE' });
    expect(await effects(db)).toEqual([]);
  });

  it('is read committed, writes, and has time-outs, whatever the database has by default', async () => {
    const admin = await openWithTable();
    const { rows: named } = await admin.query('select current_database() as n');
    const alter = `alter database ${named[0]?.n as string} set`;
    await admin.query(
      `${alter} default_transaction_isolation = 'repeatable read'`,
    );
    await admin.query(`${alter} default_transaction_read_only = on`);
    await admin.query(`${alter} client_min_messages = error`);
    const db = database.open();
    const settings = await db.transaction(
      async (tx) => {
        await tx.run(insertRow, [1]);
        return tx.query(
          `select current_setting('transaction_isolation') as isolation, current_setting('lock_timeout') as lock,
          current_setting('idle_in_transaction_session_timeout') as idle, current_setting('statement_timeout') as run,
          current_setting('synchronous_commit') as durable, current_setting('client_min_messages') as told`,
        );
      },
      { lockTimeoutMs: 1234, idleTimeoutMs: 2345, statementTimeoutMs: 3456 },
    );
    const reset = `alter database ${named[0]?.n as string} reset all`;
    await db.transaction((tx) => tx.query(reset));
    expect(settings.rows).toEqual([
      {
        isolation: 'read committed',
        lock: '1234ms',
        idle: '2345ms',
        run: '3456ms',
        durable: 'local',
        told: 'notice',
      },
    ]);
  });

  it('sees in each statement what committed since the last one', async () => {
    const db = await openWithTable();
    const seen = await db.transaction(async (tx) => {
      await tx.query('select count(*) from effects');
      await db.query('insert into effects values (1)');
      return tx.query('select id from effects');
    });
    expect(seen.rows).toEqual([{ id: 1 }]);
  });

  it('is TIMED_OUT where a lock does not come', async () => {
    const db = await openWithTable();
    await db.transaction(async (holder) => {
      await holder.lock('partition', [1]);
      const waiter = db.transaction((tx) => tx.lock('partition', [1]), {
        lockTimeoutMs: 20,
      });
      await expect(waiter).rejects.toMatchObject({ code: 'TIMED_OUT' });
    });
  });

  it('is ended by the server where its client stands still, and holds its locks no longer', async () => {
    const db = await openWithTable();
    const frozen = db.transaction(
      async (tx) => {
        await tx.lock('partition', [1]);
        await db.transaction((other) => other.lock('partition', [1]));
        await tx.run(insertRow, [1]);
      },
      { idleTimeoutMs: 50 },
    );
    await expect(frozen).rejects.toMatchObject({
      code: 'POSTGRES_UNAVAILABLE',
    });
    expect(await effects(db)).toEqual([]);
  });

  it('refuses whoever uses it after its end, and leaves the client alone', async () => {
    const db = await openWithTable({ maxConnections: 1 });
    const left: Tx<{ effects: { id: number } }>[] = [];
    await db.transaction(async (tx: Tx<{ effects: { id: number } }>) => {
      left.push(tx);
      await tx.db.selectFrom('effects').selectAll().execute();
    });
    const [tx] = left as [(typeof left)[0]];
    const CLOSED = { code: 'CLOSED' };
    await expect(tx.run(insertRow, [1])).rejects.toMatchObject(CLOSED);
    await expect(tx.query('select 1')).rejects.toMatchObject(CLOSED);
    await expect(tx.writeAndCommit([])).rejects.toMatchObject(CLOSED);
    const late = tx.db.insertInto('effects').values({ id: 2 }).execute();
    await expect(late).rejects.toMatchObject(CLOSED);
    expect(await effects(db)).toEqual([]);
  });

  it('calls its hooks after a COMMIT and never without one', async () => {
    const db = await openWithTable();
    const called: string[] = [];
    const run = (name: string, body: (tx: Tx) => Promise<unknown>) =>
      db
        .transaction(async (tx) => {
          tx.onCommit(() => called.push(name));
          await body(tx);
        })
        .catch(() => {});
    await run('commits', async (tx) => tx.run(insertRow, [1]));
    await run('flies', async (tx) => tx.writeAndCommit([bind(insertRow, [2])]));
    await run('throws', async () => Promise.reject(new Error('no')));
    await run('swallows', async (tx) => tx.run(divide, [0]).catch(() => {}));
    await run('is refused', async (tx) =>
      tx.writeAndCommit([bind(divide, [0])]),
    );
    expect(called).toEqual(['commits', 'flies']);
  });
});

describe('tx.db', () => {
  it('is on the same client: it sees what is not committed yet', async () => {
    const db = await openWithTable();
    await db.transaction(async (tx: Tx<{ effects: { id: number } }>) => {
      await tx.run(insertRow, [1]);
      await tx.db.insertInto('effects').values({ id: 2 }).execute();
      const rows = await tx.db.selectFrom('effects').select('id').execute();
      expect(rows).toEqual([{ id: 1 }, { id: 2 }]);
      expect(await effects(db)).toEqual([]);
    });
    expect(await effects(db)).toEqual([1, 2]);
  });

  it('says how many rows were changed, and gives errors of ours for lost locks', async () => {
    const db = await openWithTable();
    await db.transaction(async (tx: Tx<{ effects: { id: number } }>) => {
      await tx.db
        .insertInto('effects')
        .values([{ id: 1 }, { id: 2 }])
        .execute();
      const changed = await tx.db.deleteFrom('effects').executeTakeFirst();
      expect(changed.numDeletedRows).toBe(2n);
    });
    await db.transaction(async (holder) => {
      await holder.query('lock table effects');
      const waiter = db.transaction(
        (tx) => sql`select * from effects`.execute(tx.db),
        { lockTimeoutMs: 20 },
      );
      await expect(waiter).rejects.toMatchObject({ code: 'TIMED_OUT' });
    });
  });

  it('can neither begin a transaction nor stream', async () => {
    const db = await openWithTable();
    await db.transaction(async (tx: Tx<{ effects: { id: number } }>) => {
      expect(() => tx.db.transaction()).toThrow();
      const stream = tx.db.selectFrom('effects').selectAll().stream();
      await expect(stream[Symbol.asyncIterator]().next()).rejects.toMatchObject(
        { code: 'NOT_SUPPORTED' },
      );
    });
  });
});

describe.each([true, false])('writeAndCommit, writer: %p', (writer) => {
  it('gives the rows of each statement and has committed', async () => {
    const db = await openWithTable();
    const rows = await db.transaction(
      (tx) =>
        tx.writeAndCommit([
          bind(divide, [1]),
          bind(insertRow, [1]),
          bind(divide, [-1]),
        ]),
      { writer },
    );
    expect(rows).toEqual([[{ result: 1 }], [], [{ result: -1 }]]);
    expect(await effects(db)).toEqual([1]);
  });

  it('fails with the first error and commits nothing', async () => {
    const db = await openWithTable();
    await expect(
      db.transaction(
        (tx) =>
          tx.writeAndCommit([
            bind(insertRow, [1]),
            bind(divide, [0]),
            bind(insertRow, ['no number']),
          ]),
        { writer },
      ),
    ).rejects.toMatchObject({ code: '22012' });
    expect(await effects(db)).toEqual([]);
  });

  it('commits nothing where a value cannot be encoded, and the client is none the worse', async () => {
    const db = await openWithTable({ maxConnections: 1 });
    const unencodable = { toJSON: () => ({ n: 1n }) };
    for (let round = 0; round < 3; round += 1) {
      await expect(
        db.transaction(
          (tx) =>
            tx.writeAndCommit([
              bind(divide, [1]),
              bind(insertRow, [unencodable]),
              bind(insertRow, [2]),
            ]),
          { writer },
        ),
      ).rejects.toThrow('BigInt');
    }
    expect(await effects(db)).toEqual([]);
    const write = [bind(insertRow, [3])];
    await db.transaction((tx) => tx.writeAndCommit(write), { writer });
    expect(await effects(db)).toEqual([3]);
  });

  it('commits nothing where a statement has the name of another one', async () => {
    const db = await openWithTable();
    const impostor = defineStatement<[]>({
      name: 'divide',
      text: () => 'select 2',
    });
    await expect(
      db.transaction(
        (tx) =>
          tx.writeAndCommit([
            bind(divide, [1]),
            bind(insertRow, [1]),
            bind(impostor, []),
          ]),
        { writer },
      ),
    ).rejects.toThrow('unique');
    expect(await effects(db)).toEqual([]);
  });

  it('fails with the error itself where a deferred constraint fails at COMMIT', async () => {
    const db = await openWithTable();
    const write = db.transaction(
      async (tx) => {
        await tx.query('set constraints all deferred');
        return tx.writeAndCommit([bind(insertRow, [1]), bind(insertRow, [1])]);
      },
      { writer },
    );
    await expect(write).rejects.toMatchObject({ code: '23505' });
    expect(await effects(db)).toEqual([]);
  });

  it('has committed nothing where a statement before COMMIT was told that the session ends', async () => {
    const db = await openWithTable();
    await expect(
      db.transaction(
        (tx) =>
          tx.writeAndCommit([bind(insertRow, [1]), bind(endOwnSession, [])]),
        { writer },
      ),
    ).rejects.toMatchObject({ code: 'POSTGRES_UNAVAILABLE' });
    expect(await effects(db)).toEqual([]);
    await waitFor('the next one', async () =>
      db
        .transaction((tx) => tx.writeAndCommit([bind(insertRow, [2])]), {
          writer,
        })
        .then(() => true),
    );
    expect(await effects(db)).toEqual([2]);
  });
});
