import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { defineTopic } from '#schemas';
import { useDatabase } from '#testing';
import { Outbox } from './outbox.js';
import { LONGEST_DELAY_MS } from './delivery-time.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });
const letters = defineTopic('letters', { value: 'string' });

describe('a delay', () => {
  it('counts from now by the clock of the database, or is a time; the timestamp stays what it was', async () => {
    const db = database.open();
    const outbox = await Outbox.open(db, [letters]);
    const at = new Date(Date.UTC(2030, 0, 1));
    await db.transaction((tx) =>
      outbox.publish(tx, letters, [
        { key: 'after', value: 'x', deliverAfterMs: 90_000, timestamp: 5 },
        { key: 'date', value: 'x', deliverAt: at },
        { key: 'number', value: 'x', deliverAt: at.getTime() },
        { key: 'past', value: 'x', deliverAt: 0 },
        { key: 'zero', value: 'x', deliverAfterMs: 0 },
        { key: 'now', value: 'x' },
      ]),
    );
    const { rows } = await db.query(
      `select convert_from(key, 'UTF8') as key, timestamp, deliver_at,
        deliver_at - extract(epoch from written_at) * 1000 as delay
      from postamt.outbox_events order by id`,
    );
    const [after, ...others] = rows;
    expect(after?.timestamp).toBe('5');
    expect(Number(after?.delay)).toBeGreaterThanOrEqual(90_000);
    expect(Number(after?.delay)).toBeLessThan(150_000);
    expect(others.map((row) => [row.key, row.deliver_at])).toEqual([
      ['date', String(at.getTime())],
      ['number', String(at.getTime())],
      ['past', '0'],
      ['zero', null],
      ['now', null],
    ]);
  });

  it.each([
    ['a negative one', { deliverAfterMs: -1 }, /deliverAfterMs -1/],
    ['one that is no number', { deliverAfterMs: Number.NaN }, /NaN/],
    ['one that is a text', { deliverAfterMs: '5' }, /deliverAfterMs 5/],
    ['half a millisecond', { deliverAfterMs: 0.5 }, /0\.5/],
    [
      'more than ten years',
      { deliverAfterMs: LONGEST_DELAY_MS + 1 },
      /ten years/,
    ],
    ['a date that is none', { deliverAt: new Date('soon') }, /deliverAt NaN/],
    ['a time before 1970', { deliverAt: -5 }, /deliverAt -5/],
    [
      'a time in a thousand years',
      { deliverAt: Date.UTC(3030, 0) },
      /ten years/,
    ],
    ['both at once', { deliverAt: 5, deliverAfterMs: 5 }, /one of them/],
  ])('is refused when it is %s, before any SQL', async (_, delay, message) => {
    const outbox = await Outbox.open(database.open(), [letters]);
    const executor = {
      query: async () => {
        throw new Error('sent');
      },
    };
    const event = { value: 'x', ...delay } as never;
    await expect(
      outbox.publish(executor, letters, event),
    ).rejects.toMatchObject({
      code: 'INVALID_VALUE',
      message: expect.stringMatching(message),
    });
  });
});
