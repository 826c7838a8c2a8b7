import { deepEqual, equal, rejects } from 'node:assert/strict';
import { append, Catalogue, createTopic, listOffsets } from '#log';
import { bind, defineStatement } from '#postgres';
import { readLog, startStandby, waitFor } from '#testing';
import type { PoolerCheck } from '../pooler-check.ts';
import { batchOf } from './batch-of.ts';

const divide = defineStatement<[by: number], number>({
  name: 'divide',
  text: () => 'select 6 / $1::int as result',
  mapRow: (row) => row.result as number,
});
const ROUNDS = 50;

const flight = (by: number) => () => ({
  alone: [1n],
  statements: [bind(divide, [by])],
});

/** Sessions that are shared, fail and go. */
export const sessionChecks: readonly PoolerCheck[] = [
  {
    name: 'flights that fail leave nothing behind for those that share their sessions',
    run: async (stage) => {
      const databases = [stage.open(), stage.open(), stage.open()];
      const fly = async (n: number) => {
        const db = databases[n % databases.length] ?? stage.open();
        if (n % 3 === 0) await rejects(db.fly(flight(0)), { code: '22012' });
        else deepEqual(await db.fly(flight(2)), [[{ result: 3 }]]);
        deepEqual(await db.run(divide, [3]), [2]);
      };
      await Promise.all(Array.from({ length: ROUNDS }, (_, n) => fly(n)));
    },
  },
  {
    name: 'appends go on once the server has ended every session of the pooler',
    run: async (stage) => {
      const db = stage.open();
      const catalogue = new Catalogue(db);
      await createTopic(db, { name: 'ended', partitions: 1 });
      const send = (value: string) =>
        append(db, catalogue, [
          { topic: 'ended', partition: 0, batch: batchOf(value) },
        ]);
      await send('before');
      await stage.direct(
        `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()`,
      );
      await waitFor('an append', async () => {
        await send('after');
        return true;
      });
      const values = (await readLog(db, 'ended')).map(({ value }) =>
        String(value),
      );
      equal(values[0], 'before');
      equal(values.at(-1), 'after');
    },
  },
  {
    name: 'an append that meets a promoted standby, on a connection that stays, raises the leader epoch first',
    run: async (stage) => {
      const db = stage.open();
      const catalogue = new Catalogue(db);
      const place = { topic: 'promoted', partition: 0 };
      await createTopic(db, { name: 'promoted', partitions: 1 });
      const send = (value: string) =>
        append(db, catalogue, [{ ...place, batch: batchOf(value) }]);
      const epoch = async () => {
        const at = 'latest' as const;
        const [latest] = await listOffsets(db, catalogue, [{ ...place, at }]);
        return latest?.leaderEpoch ?? -1;
      };
      await send('before');
      const before = await epoch();
      const standby = await startStandby(stage.server, { name: 'heir' });
      try {
        await standby.promote();
        await send('just before');
        stage.turnTo(standby.connectionString);
        await send('after');
        equal((await epoch()) > before, true);
      } finally {
        stage.turnTo(stage.server.connectionString);
        await standby.stop();
      }
    },
  },
];
