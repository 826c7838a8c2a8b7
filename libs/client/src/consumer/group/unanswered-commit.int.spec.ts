import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { PostamtError } from '#kernel';
import type { Database } from '#postgres';
import { useDatabase } from '#testing';
import { read } from '../fixtures/raw-topics.js';
import { BRISK } from './fixtures/group-members.js';
import { committedOf, joined, MANUAL, topicWith } from './fixtures/members.js';
import { silence } from './fixtures/silence.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });

it('a commit is not said to be refused where an attempt that nobody answered has committed it', async () => {
  const db = database.open();
  const topic = await topicWith(db, ['a']);
  const consumer = joined(db, topic, { ...MANUAL, ...BRISK });
  await read(consumer, 1);
  const successor = joined(database.open(), topic, { ...MANUAL, ...BRISK });
  const goOn = loseAnswer(db, async () => {
    while (successor.assignment.length === 0) await successor.poll(50);
  });
  await expect(consumer.commitSync()).rejects.toMatchObject({
    code: 'OUTCOME_UNKNOWN',
  });
  expect(await committedOf(successor, topic)).toBe(1n);
  goOn();
  await Promise.all([consumer.close(), successor.close()]);
});

/** The next flight lands, and then nothing is heard of this process until it goes on; meanwhile `happening` happens. */
function loseAnswer(db: Database, happening: () => Promise<void>): () => void {
  const fly = db.fly.bind(db);
  let goOn = () => {};
  db.fly = async (build) => {
    db.fly = fly;
    await fly(build);
    goOn = silence(db);
    await happening();
    throw new PostamtError('OUTCOME_UNKNOWN', 'the answer was lost');
  };
  return () => goOn();
}
