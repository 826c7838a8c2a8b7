import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  expect,
  it,
} from '@jest/globals';
import { Listener, Producer } from '#client';
import {
  commitNow,
  commitOffsets,
  committedOffsets,
  joinPartitions,
  type GroupPartition,
} from '#groups';
import { describeTopic } from '#log';
import type { Database } from '#postgres';
import { defineTopic } from '#schemas';
import { waitFor } from '#testing';
import type { Stage } from '../stage.js';
import { useStage } from '../use-stage.js';

const onStage = useStage({ beforeAll, beforeEach, afterEach, afterAll });
const GROUP = 'readers';
const numbers = defineTopic('numbers', {
  value: {
    type: 'record',
    name: 'Numbered',
    fields: [{ name: 'n', type: 'int' }],
  },
});

it('a committed offset that cannot be read is not "none"', async () => {
  const { partition, holder, db } = await scene(onStage());
  const reading = committedOffsets(db, [partition]);
  expect(await onStage().heldUp(reading)).toBe(true);
  await endWaiting(db);
  await expect(reading).rejects.toMatchObject({
    code: expect.stringMatching(/POSTGRES_UNAVAILABLE|OUTCOME_UNKNOWN/),
  });
  await holder.finish();
  const committed = await committedOffsets(db, [partition]);
  expect(committed.get(partition.id)?.offset).toBe(2n);
});

it('a listener that cannot read where to start handles nothing until it can', async () => {
  const { holder, db } = await scene(onStage());
  const handled: bigint[] = [];
  const listener = new Listener(db, {
    topic: numbers,
    group: GROUP,
    transactional: false,
    handler: (_, { offset }) => void handled.push(offset),
  });
  const starting = listener.start().then(
    () => undefined,
    () => listener.start(),
  );
  expect(await onStage().heldUp(starting)).toBe(true);
  await endWaiting(db);
  await waitFor('it to try again', () => waits(db));
  expect(handled).toEqual([]);
  await holder.finish();
  await waitFor('the record behind the offset', () => handled.length > 0);
  await starting;
  await listener.stop();
  expect(handled).toEqual([2n]);
});

/** Three records, of which two are consumed; somebody holds what one has to wait for to read that. */
async function scene(stage: Stage) {
  const { db } = stage;
  const producer = await Producer.open(db, [numbers]);
  await producer.send(
    numbers,
    [0, 1, 2].map((n) => ({ value: { n } })),
  );
  await producer.close();
  const { partitions } = await describeTopic(db, numbers.name);
  const ids = partitions.map(({ id }) => id);
  const joined = await joinPartitions(db, GROUP, ids);
  const [partition] = joined as [GroupPartition];
  await commitNow(db, [{ partition, next: 2n }]);
  const holder = await stage.pause({
    read: (tx) => commitOffsets(tx, [{ partition, next: 2n }]),
    write: async () => {},
  });
  return { db, partition, holder };
}

const WAITING = `pg_stat_activity
  where datname = current_database() and wait_event_type = 'Lock' and wait_event = 'advisory'`;

async function waits(db: Database): Promise<boolean> {
  const { rows } = await db.query(`select from ${WAITING}`);
  return rows.length > 0;
}

async function endWaiting(db: Database): Promise<void> {
  await db.query(`select pg_terminate_backend(pid, 10000) from ${WAITING}`);
}
