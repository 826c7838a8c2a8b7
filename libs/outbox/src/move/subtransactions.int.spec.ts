import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { useDatabase } from '#testing';
import { letterTopic, RelayScene } from '../relay/fixtures/relay-scene.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });

describe('a move beside a transaction of thousands of subtransactions', () => {
  it('names none of them, and finds the events of that transaction once it has committed', async () => {
    const topic = letterTopic('subtransactions');
    const scene = await RelayScene.open(database, [topic]);
    const quick = await scene.client();
    const large = await scene.client();
    // In SQL, which wakes nobody: a wake-up is a transaction as well, and the snapshot would end behind it.
    const publish = `select postamt.publish('subtransactions', 'k', null)`;
    try {
      await quick.query('begin');
      await quick.query(publish);
      await large.query('begin');
      await large.query(publish);
      await large.query('create temp table scratch (n int)');
      await large.query(`do $$ begin
        for n in 1..2000 loop
          begin insert into scratch values (n); exception when others then null; end;
        end loop;
      end $$`);
      await large.query(publish);
      await quick.query('commit');
      expect(await scene.move()).toMatchObject({ events: 1 });
      const { rows } = await scene.db.query(
        'select max(length(snapshot::text)) as longest from postamt.outbox_cursors',
      );
      expect(rows[0]?.longest).toBeLessThan(1_000);
      await large.query('commit');
    } finally {
      await Promise.all([quick.end(), large.end()]);
    }
    expect(await scene.move()).toMatchObject({ events: 2 });
    expect(await scene.move()).toMatchObject({ events: 0, more: [] });
    expect((await scene.log(topic)).length).toBe(3);
  });
});
