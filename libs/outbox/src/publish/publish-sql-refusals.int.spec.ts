import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { Client } from 'pg';
import { createTopic } from '#log';
import type { Database } from '#postgres';
import { defineTopic } from '#schemas';
import { useDatabase } from '#testing';
import { Outbox } from './outbox.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });

const letters = defineTopic('letters', { value: 'string' });
const ID = '01890a5d-ac96-774b-bcce-b302099a8057';

async function publish(db: Database, args: string, values: unknown[] = []) {
  const { rows } = await db.query(
    `select postamt.publish(${args}) as id`,
    values,
  );
  return rows[0]?.id as string | null;
}

/** The SQLSTATE and the words with which the server refuses, asked for by a client that maps nothing. */
async function refusal(args: string, values: unknown[] = []) {
  const client = new Client(database.connectionString);
  await client.connect();
  try {
    await client.query(`select postamt.publish(${args})`, values);
    return undefined;
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return { code, message };
  } finally {
    await client.end();
  }
}

beforeAll(async () => {
  const db = database.open();
  await Outbox.open(db, [letters]);
  await createTopic(db, {
    name: 'small',
    config: { 'max.message.bytes': 400 },
  });
  await createTopic(db, {
    name: 'latest',
    config: { 'cleanup.policy': 'compact' },
  });
});

describe('postamt.publish', () => {
  it('refuses an id that was published before, by SQL or from Node, or ignores it and answers null', async () => {
    const db = database.open();
    const outbox = await Outbox.open(db, [letters]);
    const again = { code: 'PA020', message: expect.stringContaining(ID) };
    expect(await publish(db, "'small', 'k', 'v', null, $1", [ID])).toBe(ID);
    expect(await refusal("'small', 'k', 'v', null, $1", [ID])).toEqual(again);
    const ignoring =
      "'small', 'k', 'v', event_id => $1, on_duplicate => 'ignore'";
    expect(await publish(db, ignoring, [ID])).toBeNull();
    const fromNode = db.transaction((tx) =>
      outbox.publish(tx, letters, { id: ID, value: 'x' }),
    );
    await expect(fromNode).rejects.toMatchObject({
      code: 'DUPLICATE_EVENT_ID',
    });
    const { rows } = await db.query(
      'select count(*)::int as count from postamt.outbox_events where event_id = $1',
      [ID],
    );
    expect(rows).toEqual([{ count: 1 }]);
  });

  it.each([
    ['a topic that is not there', "'nowhere', 'k', 'v'", 'PA001', /"nowhere"/],
    ['no topic', "null, 'k', 'v'", 'PA001', /null/],
    [
      'too many bytes',
      `'small', 'k', '${'x'.repeat(400)}'`,
      'PA022',
      /561.*small.*400/,
    ],
    ['no key for a compacted topic', "'latest', null, 'v'", 'PA023', /latest/],
    [
      'a value without a schema id',
      "'letters', 'k', 'text'",
      'PA021',
      /\\x74657874.*letters-value/,
    ],
    [
      'no bytes where a schema id belongs',
      "'letters', 'k', ''",
      'PA021',
      /letters-value/,
    ],
    [
      'a schema id of another subject',
      "'letters', 'k', '\\x00ffffffff00'",
      'PA021',
      /4294967295/,
    ],
    [
      'headers that are no object',
      "'small', 'k', 'v', '[1]'",
      'PA024',
      /\[1\]/,
    ],
    [
      'a header that is no text',
      `'small', 'k', 'v', '{"n": 1}'`,
      'PA024',
      /"n" is 1/,
    ],
    [
      'a header that is null',
      `'small', 'k', 'v', '{"n": null}'`,
      'PA024',
      /"n" is null/,
    ],
    [
      'a header that would hide the id',
      `'small', 'k', 'v', '{"id": "x"}'`,
      'PA024',
      /"id"/,
    ],
    [
      'a delay into the past',
      "'small', 'k', 'v', deliver_after => '-1 s'",
      'PA024',
      /-00:00:01/,
    ],
    [
      'a delay of eleven years',
      "'small', 'k', 'v', deliver_after => '11 years'",
      'PA024',
      /11 years/,
    ],
    [
      'another way with duplicates',
      "'small', 'k', 'v', on_duplicate => 'update'",
      'PA024',
      /'update'/,
    ],
    [
      'no way with duplicates',
      "'small', 'k', 'v', on_duplicate => null",
      'PA024',
      /NULL/,
    ],
    [
      'a time that is none',
      "'small', 'k', 'v', event_timestamp => 'infinity'",
      'PA024',
      /infinity/,
    ],
    [
      'a time before 1970',
      "'small', 'k', 'v', event_timestamp => '1969-12-31'",
      'PA024',
      /1969/,
    ],
    [
      'a time far ahead',
      "'small', 'k', 'v', event_timestamp => now() + '2 h'",
      'PA025',
      /small.*after\.max\.ms/,
    ],
  ])('refuses %s', async (_, args, code, message) => {
    expect(await refusal(args)).toEqual({
      code,
      message: expect.stringMatching(message),
    });
  });
});
