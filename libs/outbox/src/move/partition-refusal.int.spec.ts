import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { partitionForKey } from '#records';
import { useDatabase, waitFor } from '#testing';
import {
  letterTopic,
  RelayScene,
  type LetterTopic,
} from '../relay/fixtures/relay-scene.js';

let scene: RelayScene;

afterEach(async () => {
  await scene.close();
  await scene.db.query('drop function if exists public.refuse_rows cascade');
});

const database = useDatabase({ beforeAll, afterEach, afterAll });

/** Has the leaf of a topic refuse what goes to one of its partitions, or (`all`) to each; returns what mends it. */
async function refuse(
  topic: LetterTopic,
  { index = 0, all = false, state = 'P0001', deferred = false } = {},
): Promise<() => Promise<unknown>> {
  const { db } = scene;
  const { rows } = await db.query(
    `select segment.leaf, partition.id from postamt.topics as topic
    join postamt.partitions as partition on partition.topic_number = topic.number
    join postamt.segments as segment
      on segment.topic_number = topic.number and segment.number = partition.segment_number
    where topic.name = $1 and topic.deleted_at is null and partition.index = $2`,
    [topic.name, index],
  );
  const { leaf, id } = rows[0] as { leaf: string; id: number };
  await db.query(`
    create or replace function public.refuse_rows() returns trigger language plpgsql as $$
    begin raise exception 'not here' using errcode = tg_argv[0]; end $$`);
  const when = all ? 'true' : `new.partition_id = ${id}`;
  const kind = deferred
    ? `create constraint trigger refuse_rows after insert on postamt.${leaf} deferrable initially deferred`
    : `create trigger refuse_rows before insert on postamt.${leaf}`;
  await db.query(
    `${kind} for each row when (${when}) execute function public.refuse_rows('${state}')`,
  );
  return () => db.query(`drop trigger refuse_rows on postamt.${leaf}`);
}

/** Keys of which the first ones go to partition 0 of so many. */
function keysByPartition(partitions: number, count = 30) {
  const keys = Array.from({ length: count }, (_, n) => `key ${n}`);
  const of = (index: number) =>
    keys.filter(
      (key) => partitionForKey(Buffer.from(key), partitions) === index,
    );
  return { keys, refused: of(0) };
}

const letters = (keys: readonly string[]) =>
  keys.map((key) => ({ key, value: 'a' }));

describe('a partition that refuses what is appended', () => {
  it.each([{ deferred: false }, { deferred: true }])(
    'has its keys parked and nobody else’s, and takes them when the rule is gone (%o)',
    async ({ deferred }) => {
      const topic = letterTopic(`ruled-${deferred}`, { partitions: 3 });
      scene = await RelayScene.open(database, [topic]);
      const { keys, refused } = keysByPartition(3);
      const mend = await refuse(topic, { deferred });
      await scene.publish(topic, [...letters(keys), ...letters(keys)]);
      scene.relay({ maxAttempts: 3 });
      await scene.settled({
        FAILED: refused.length,
        PARKED: refused.length,
        PUBLISHED: 2 * (keys.length - refused.length),
      });
      const failed = (await scene.seen()).find(
        ({ status }) => status === 'FAILED',
      );
      expect(failed).toMatchObject({
        code: 'POLICY_VIOLATION',
        attempts: 3,
        reason: expect.stringContaining('not here'),
      });
      await scene.publish(topic, letters(keys));
      await mend();
      await scene.retry();
      await scene.settled({ PUBLISHED: 3 * keys.length });
      await scene.close();
      expect(await scene.faults(topic)).toEqual([]);
    },
  );

  it('parks its keys also where they are all that there is', async () => {
    const topic = letterTopic('alone');
    scene = await RelayScene.open(database, [topic]);
    const mend = await refuse(topic);
    await scene.publish(topic, letters(['a', 'a', 'b']));
    scene.relay({ maxAttempts: 1_000 });
    await scene.settled({ PARKED: 3 });
    await mend();
    await scene.settled({ PUBLISHED: 3 });
    await scene.close();
    expect(await scene.faults(topic)).toEqual([]);
  });

  it('is avoided by events without a key, which are parked one by one where no partition takes them', async () => {
    const spread = letterTopic('spread', { partitions: 2 });
    const single = letterTopic('single');
    scene = await RelayScene.open(database, [spread, single]);
    const events = Array.from({ length: 10 }, () => ({ value: 'a' }));
    const mend = [await refuse(spread), await refuse(single)];
    scene.relay({ maxAttempts: 1_000 });
    for (let round = 0; round < 4; round += 1)
      await scene.publish(spread, events);
    await scene.publish(single, events);
    await scene.settled({ PARKED: 10, PUBLISHED: 40 });
    for (const each of mend) await each();
    await scene.settled({ PUBLISHED: 50 });
    await scene.close();
    expect(await scene.faults(single)).toEqual([]);
    expect(await scene.faults(spread)).toEqual([]);
  });

  it('has the keys of its whole topic parked where a right is missing, while other topics take what they are given', async () => {
    const barred = letterTopic('barred', { partitions: 3 });
    const open = letterTopic('open');
    scene = await RelayScene.open(database, [barred, open]);
    const { keys } = keysByPartition(3);
    const grant = await refuse(barred, { all: true, state: '42501' });
    scene.relay({ maxAttempts: 1_000 });
    await scene.publish(barred, [...letters(keys), { value: 'no key' }]);
    await waitFor('all to be parked', async () => {
      await scene.publish(open, letters(keys));
      return (await scene.counts()).PARKED === keys.length + 1;
    });
    await grant();
    await waitFor(
      'all to be moved',
      async () => Object.keys(await scene.counts()).join() === 'PUBLISHED',
    );
    await scene.close();
    expect(await scene.faults(barred)).toEqual([]);
    expect(await scene.faults(open)).toEqual([]);
  });

  it('does not use up the attempts of keys that are tried beside its own', async () => {
    const topic = letterTopic('beside', { partitions: 3 });
    scene = await RelayScene.open(database, [topic]);
    const { keys, refused } = keysByPartition(3);
    await refuse(topic, { all: true });
    await scene.publish(topic, letters(keys));
    const relay = scene.relay({
      retryBackoffMs: 600_000,
      retryBackoffMaxMs: 600_000,
    });
    await scene.settled({ PARKED: keys.length });
    await relay.stop();
    await scene.db.query('drop function public.refuse_rows cascade');
    await refuse(topic);
    await scene.tryAll();
    expect(await scene.counts()).toEqual({
      FAILED: refused.length,
      PUBLISHED: keys.length - refused.length,
    });
    await scene.close();
  });

  it('parks nothing for what is nobody’s fault: a full disk, a deadlock, a lock that does not come, a lost session', async () => {
    const topic = letterTopic('innocent', { partitions: 3 });
    scene = await RelayScene.open(database, [topic]);
    const { keys } = keysByPartition(3);
    for (const state of [
      '53100',
      '40P01',
      '55P03',
      '57P01',
      '57014',
      '53200',
    ]) {
      const mend = await refuse(topic, { state });
      await scene.publish(topic, letters(keys));
      const relay = scene.relay();
      await waitFor('moves to fail', () => relay.status.failures >= 3);
      await mend();
      await waitFor(
        'the rest to be moved',
        () => relay.status.moved === keys.length,
      );
      expect(relay.status.parked).toBe(0);
      await relay.stop();
    }
    expect(await scene.faults(topic)).toEqual([]);
  });
});
