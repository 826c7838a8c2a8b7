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
import { bind, type Database } from '#postgres';
import { useDatabase, waitFor } from '#testing';
import type { Assignor } from '../assignors/assignor.js';
import { Membership } from '../membership/membership.js';
import { insertMember } from '../sql/change-member.js';
import { endTransactions } from '../sql/fence-members.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });

describe('A turn', () => {
  it('removes more members than one transaction may take locks of', async () => {
    const { db, topic } = await open('many', 2);
    const first = await Membership.join(db, {
      group: topic,
      topics: [topic],
      heartbeatIntervalMs: 100,
    });
    await db.query(
      `insert into postamt.group_members (group_id, member_id, session_id, client_id, host, topics, assignor,
        session_timeout_ms, rebalance_timeout_ms)
      select $1, 'gone-' || n, 0, 'test', 'test', '{}', 'sticky', 1, 1 from generate_series(1, 1100) as n`,
      [first.groupId],
    );
    await first.resubscribe({ topics: [topic] });
    await waitFor('them to be gone', async () => {
      const { rows } = await db.query('select from postamt.group_members');
      return rows.length === 1;
    });
    expect(first.owned).toHaveLength(2);
    await first.leave();
  });

  it('notes topics that do not concern a group without a word to its members', async () => {
    const { db, topic } = await open('here', 1);
    const member = await Membership.join(db, {
      group: topic,
      topics: [topic],
      heartbeatIntervalMs: 100,
    });
    const before = await headOf(db, topic);
    await createTopic(db, { name: 'elsewhere', partitions: 3 });
    await waitFor(
      'it to be noted',
      async () => (await headOf(db, topic)).catalogue !== before.catalogue,
    );
    expect((await headOf(db, topic)).version).toBe(before.version);
    await member.leave();
  });

  it('counts a group as used whose only member has an assignor that fails', async () => {
    const { db, topic } = await open('failing', 1);
    const assignor: Assignor = {
      name: 'failing',
      assign: () => {
        throw new Error('never');
      },
    };
    const given = { group: topic, topics: [topic] };
    await (await Membership.join(db, given)).leave();
    const member = await Membership.join(db, { ...given, assignor });
    expect(member.owned).toEqual([]);
    expect((await headOf(db, topic)).emptied_at).toBeNull();
    await member.leave();
  });

  it('has a static member that is replaced stand aside until it could be fenced', async () => {
    const { db, topic } = await open('replaced', 1);
    const given = { group: topic, topics: [topic], groupInstanceId: 'one' };
    const member = await Membership.join(db, given);
    await db.run(insertMember, [
      member.groupId,
      'another',
      'one',
      0n,
      'test',
      'test',
      [topic],
      null,
      '',
      'sticky',
      45_000,
      45_000,
    ]);
    const { rows } = await db.query(
      'select member_id from postamt.group_members where session_id is null',
    );
    expect(rows).toEqual([{ member_id: member.memberId }]);
    await member.leave();
  });
});

describe('Ending the transactions of a member', () => {
  it.each([7, 2 ** 31 + 7])(
    'finds them by their key (schema %i)',
    async (n) => {
      const db = database.open();
      const key = memberKey(n, 5);
      await using zombie = await begin();
      await zombie.query('select pg_advisory_xact_lock_shared($1)', [key]);
      await db.transaction(async (tx) =>
        tx.send([bind(endTransactions, [[key]])]),
      );
      await expect(zombie.query('select 1')).rejects.toThrow();
    },
  );

  it('leaves alone what this role may not end, and goes on', async () => {
    const db = database.open();
    const key = memberKey(9, 5);
    await using zombie = await begin();
    await db.query('create role turn_heir noinherit');
    await zombie.query('select pg_advisory_xact_lock_shared($1)', [key]);
    const { rows: users } = await zombie.query('select current_user as name');
    await db.query(`grant "${users[0].name}" to turn_heir`);
    const [, ended, rows] = await db.transaction(async (tx) => {
      await tx.query('set local role turn_heir');
      return tx.send([
        { name: 'who', text: () => 'select current_user', values: [] },
        bind(endTransactions, [[key]]),
        { name: 'on', text: () => 'select true as goes_on', values: [] },
      ]);
    });
    expect(ended).toEqual([]);
    expect(rows).toEqual([{ goes_on: true }]);
    await db.query('drop role turn_heir');
  });
});

async function open(topic: string, partitions: number) {
  const db = database.open();
  await createTopic(db, { name: topic, partitions });
  return { db, topic };
}

async function headOf(db: Database, group: string) {
  const { rows } = await db.query(
    'select catalogue, version, emptied_at from postamt.consumer_groups where name = $1',
    [group],
  );
  return rows[0] as { catalogue: string; version: string; emptied_at: unknown };
}

/** The key of a member's lock, in an installation whose schema has that oid. */
function memberKey(installation: number, number: number): bigint {
  const low = (9n << 28n) | BigInt(number);
  return BigInt.asIntN(64, (BigInt(installation) << 32n) | low);
}

/** A session of the server of its own, in a transaction. */
async function begin() {
  const client = new Client({ connectionString: database.connectionString });
  client.on('error', () => {});
  await client.connect();
  await client.query('begin');
  return Object.assign(client, {
    [Symbol.asyncDispose]: () => client.end().catch(() => {}),
  });
}
