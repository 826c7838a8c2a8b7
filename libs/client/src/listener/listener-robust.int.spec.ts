import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
} from '@jest/globals';
import { PostamtError } from '#kernel';
import { deleteTopic } from '#log';
import type { Database } from '#postgres';
import { openTopic } from '#schemas';
import { useDatabase, waitFor } from '#testing';
import { silence } from '../consumer/group/fixtures/silence.js';
import { GroupBench, upTo, writeDown } from './fixtures/group-bench.js';
import { heardErrors } from './fixtures/heard-errors.js';

// Before the database is closed, which waits for what runs.
afterEach(async () => GroupBench.stopAll());
const database = useDatabase({ beforeAll, afterEach, afterAll });
const PLAIN = { transactional: false } as const;

describe('A listener', () => {
  beforeAll(async () => {
    const db = database.open();
    await db.query('create table effects (name text not null, n int not null)');
  });
  beforeEach(async () => {
    await database.open().query('truncate effects');
  });

  it.each([undefined, null, 7, Symbol('odd'), Object.create(null)])(
    'tries again whatever its handler throws (%#)',
    async (thrown: unknown) => {
      const bench = await GroupBench.open(database.open(), 1);
      await bench.append(0, 2);
      let failures = 0;
      const listener = bench.listen({
        handler: async (value, record) => {
          await writeDown(value, record);
          failures += 1;
          // oxlint-disable-next-line typescript/only-throw-error -- what is thrown is what it is about
          if (failures <= 2) throw thrown;
        },
      });
      await listener.start();
      await waitFor('both', () => listener.status.handled === 2);
      await listener.stop();
      expect(await bench.effects()).toEqual(upTo(2));
    },
  );

  it('looks schemas up before its transactions hold every connection', async () => {
    const { errors, logger } = heardErrors();
    const own = database.open({ maxConnections: 2, logger });
    const bench = await GroupBench.open(database.open(), 2);
    await bench.append(0, 1, { partition: 0 });
    await bench.append(1, 1, { partition: 1 });
    const listener = bench.listen({ concurrency: 2, handler: writeDown }, own);
    await listener.start();
    await waitFor('both', () => listener.status.handled === 2);
    await listener.stop();
    expect(errors).toEqual([]);
  });

  it('that is stopped twice has left the group when either call returns', async () => {
    const bench = await GroupBench.open(database.open(), 1);
    const listener = bench.listen({ ...PLAIN, handler: () => {} });
    await listener.start();
    const returned: string[] = [];
    let stops: Promise<unknown> = Promise.resolve();
    await bench.db.transaction(async (tx) => {
      await tx.query(
        'select id from postamt.consumer_groups where name = $1 for update',
        [bench.group],
      );
      stops = Promise.all(
        ['first', 'second'].map(async (name) => {
          await listener.stop();
          returned.push(name);
        }),
      );
      let looks = 0;
      await waitFor('it to be leaving, and to go on if it does', async () => {
        looks += (await isWaiting(bench.db)) ? 1 : 0;
        return looks > 20;
      });
      expect(returned).toEqual([]);
    });
    await stops;
  });

  it('stops past its deadline also where the group cannot be left', async () => {
    const { warnings, logger } = heardErrors();
    const own = database.open({ logger });
    const bench = await GroupBench.open(database.open(), 1);
    const listener = bench.listen({ ...PLAIN, handler: () => {} }, own);
    await listener.start();
    await bench.db.transaction(async (tx) => {
      await tx.query(
        'select id from postamt.consumer_groups where name = $1 for update',
        [bench.group],
      );
      await listener.stop(10);
      // It did not wait until that had failed.
      expect(warnings).toEqual([]);
    });
  });

  it.each([true, false])(
    'finds out what became of a COMMIT that nobody answered (committed: %s)',
    async (isCommitted) => {
      const own = database.open();
      const bench = await GroupBench.open(database.open(), 1);
      await bench.append(0, 5);
      const lost = loseAnswer(own, isCommitted);
      const listener = bench.listen(
        { handler: writeDown, maxPollRecords: 2 },
        own,
      );
      await listener.start();
      await waitFor('all', async () => (await bench.committed())[0] === 5n);
      await listener.stop();
      expect(lost.answers).toBe(1);
      expect(await bench.effects()).toEqual(upTo(5));
    },
  );

  it('reads nothing of a topic that was made anew under the name of the one it was given', async () => {
    const bench = await GroupBench.open(database.open(), 1);
    const own = database.open();
    const listener = bench.listen({ handler: writeDown }, own);
    await listener.start();
    await bench.append(0, 3);
    await waitFor('three', () => listener.status.handled === 3);
    const goOn = silence(own);
    await deleteTopic(bench.db, bench.topic.name);
    await openTopic(bench.db, bench.topic);
    await bench.append(3, 6);
    await waitFor('it to notice', () => listener.status.state === 'failing');
    goOn();
    await waitFor('those six', () => listener.status.handled === 9);
    await listener.stop();
    expect(await bench.effects()).toEqual(upTo(9));
  });
});

/** Nobody hears what became of the first transaction of a chunk. */
function loseAnswer(db: Database, isCommitted: boolean) {
  const lost = { answers: 0 };
  const transaction = db.transaction.bind(db);
  const unanswered = () => {
    lost.answers += 1;
    return new PostamtError('OUTCOME_UNKNOWN', 'the answer was lost');
  };
  const losing: typeof transaction = async (body, options) => {
    if (lost.answers > 0 || options?.writer) return transaction(body, options);
    const result = await transaction(async (tx: Parameters<typeof body>[0]) => {
      const made = await body(tx);
      if (!isCommitted) throw unanswered();
      return made;
    }, options);
    if (lost.answers === 0) throw unanswered();
    return result;
  };
  db.transaction = losing;
  return lost;
}

/** Whether anybody waits for a lock of this database. */
async function isWaiting(db: Database): Promise<boolean> {
  const { rows } = await db.query(
    `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  );
  return rows.length > 0;
}
