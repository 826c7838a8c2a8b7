import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { Client } from 'pg';
import { defineTopic } from '#schemas';
import { useDatabase } from '#testing';
import { Outbox } from './outbox.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });
const letters = defineTopic('letters', { value: 'string' });
const ID = '01890a5d-ac96-774b-bcce-b302099a8057';
/** Roles belong to the cluster: of this file alone, and dropped again. */
const roles = { sql: `sql_${process.pid}`, node: `node_${process.pid}` };

const FROM_SQL = [
  'grant usage on schema postamt to $role',
  'grant execute on function postamt.publish to $role',
];
const FROM_NODE = [
  'grant usage on schema postamt to $role',
  'grant insert (event_id, shard, topic_number, timestamp, deliver_at, key, value, headers) on postamt.outbox_events to $role',
  'grant select on sequence postamt.outbox_part_number to $role',
  'grant usage on sequence postamt.outbox_event_id to $role',
  'grant execute on function postamt.claim_event_ids to $role',
];

async function as(role: string, act: (client: Client) => Promise<void>) {
  const client = new Client(database.connectionString);
  await client.connect();
  await client.query(`set role ${role}`);
  await act(client);
  await client.end();
}

beforeAll(async () => {
  const db = database.open();
  await Outbox.open(db, [letters]);
  for (const [role, grants] of [
    [roles.sql, FROM_SQL],
    [roles.node, FROM_NODE],
  ] as const) {
    await db.query(`create role ${role}`);
    for (const grant of grants) await db.query(grant.replace('$role', role));
  }
});

afterAll(async () => {
  const client = new Client(process.env.POSTAMT_TEST_SERVER);
  await client.connect();
  for (const role of Object.values(roles))
    await client.query(`drop role ${role}`);
  await client.end();
});

const FORBIDDEN = [
  'select * from postamt.outbox_events',
  'delete from postamt.outbox_events',
  'update postamt.outbox_events set key = null',
  'truncate postamt.outbox_events',
  'select * from postamt.outbox_event_ids',
  'delete from postamt.outbox_event_ids',
  'insert into postamt.outbox_event_ids (part, event_id) values (0, gen_random_uuid())',
  "select setval('postamt.outbox_part_number', 9)",
  "select setval('postamt.outbox_id_generation', 9)",
  "insert into postamt.outbox_events (event_id, shard, topic_number, timestamp, xid) values (gen_random_uuid(), 0, 1, 0, '3')",
];

describe('a role that is not the owner', () => {
  it('publishes from SQL with nothing but the right to call publish', async () => {
    await as(roles.sql, async (client) => {
      const { rows } = await client.query(
        `select postamt.publish('letters', 'k', null, event_id => $1) as id`,
        [ID],
      );
      expect(rows).toEqual([{ id: ID }]);
      for (const statement of [
        ...FORBIDDEN,
        "select postamt.claim_event_ids('{}', false)",
        'insert into postamt.outbox_events (event_id, shard, topic_number, timestamp) values (gen_random_uuid(), 0, 1, 0)',
      ])
        await expect(client.query(statement)).rejects.toMatchObject({
          code: '42501',
        });
    });
  });

  it('publishes from Node with the right to insert, and can neither read, change nor forge what stands there', async () => {
    const outbox = await Outbox.open(database.open(), [letters]);
    const other = ID.replace('0', '1');
    await as(roles.node, async (client) => {
      await client.query('begin');
      const published = await outbox.publish(
        client,
        letters,
        [
          { key: 'k', value: 'x', id: ID },
          { key: 'k', value: 'y', id: other, deliverAfterMs: 5 },
          { key: 'l', value: 'z' },
        ],
        { lockKey: true, onDuplicate: 'ignore' },
      );
      expect(published.map(({ duplicate }) => duplicate)).toEqual([
        true,
        false,
        false,
      ]);
      await client.query('commit');
      for (const statement of [
        ...FORBIDDEN,
        "select postamt.publish('letters', 'k', null)",
      ])
        await expect(client.query(statement)).rejects.toMatchObject({
          code: '42501',
        });
    });
  });

  it('gains nothing by a search_path of its own', async () => {
    await as(roles.sql, async (client) => {
      await client.query('create temp table topics (number int, name text)');
      await client.query(
        `create function pg_temp.length(bytea) returns int language sql as 'select 1 / 0'`,
      );
      await client.query('set search_path = pg_temp, pg_catalog');
      const { rows } = await client.query(
        `select postamt.publish('letters', 'k', null) is not null as done`,
      );
      expect(rows).toEqual([{ done: true }]);
    });
  });
});
