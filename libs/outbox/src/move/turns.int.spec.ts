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
import { READ } from './move-limits.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });
const HOUR = 3_600_000;

describe('a move', () => {
  it('looks at what is new in other shards after one of delayed events, however many are due', async () => {
    const topic = letterTopic('turns');
    const scene = await RelayScene.open(database, [topic]);
    await scene.publish(topic, [
      { key: 'late', value: 'x', deliverAt: Date.now() + HOUR },
      { key: 'late', value: 'x', deliverAt: Date.now() + 2 * HOUR },
    ]);
    await scene.drain();
    await scene.publish(topic, [{ key: 'new', value: 'x' }]);
    await scene.passTime(HOUR);
    const first = await scene.move({ ...READ, after: undefined });
    expect(first).toMatchObject({ source: 'delayed', events: 1 });
    await scene.passTime(HOUR);
    const second = await scene.move({ ...READ, after: first.source });
    expect(second).toMatchObject({ source: 'difference', events: 1 });
    const third = await scene.move({ ...READ, after: second.source });
    expect(third).toMatchObject({ source: 'delayed', events: 1 });
    await scene.drain();
    expect(await scene.faults(topic)).toEqual([]);
  });
});

describe('the look for what is pending', () => {
  it('does not read what was moved', async () => {
    const topic = letterTopic('looks');
    const scene = await RelayScene.open(database, [topic]);
    const count = 20_000;
    await scene.publish(
      topic,
      Array.from({ length: count }, (_, n) => ({ key: `k${n}`, value: 'x' })),
    );
    await scene.drain();
    await scene.db.query('analyze postamt.outbox_events');
    const look = 'select * from postamt.outbox_pending()';
    const { rows } = await scene.db.transaction(async (tx) => {
      await tx.query(look);
      return tx.query(`explain (analyze, buffers, format json) ${look}`);
    });
    const [explained] = (rows[0]?.['QUERY PLAN'] ?? []) as {
      Plan: Record<string, number>;
    }[];
    expect(explained?.Plan['Shared Hit Blocks']).toBeLessThan(count / 4);
  });
});
