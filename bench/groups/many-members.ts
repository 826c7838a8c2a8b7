import { Membership } from '#groups';
import { createTopic } from '#log';
import { Database } from '#postgres';
import { waitFor } from '#testing';
import type { Bench } from '../bench.ts';
import { milliseconds, reported, type Figure } from '../figure.ts';
import { settled } from './group-state.ts';

const MEMBERS = 500;
const PARTITIONS = 5_000;
const TURNS = 10;

/** How long a turn takes in a great group: one that makes the same assignment anew, and those of a member that comes and goes. */
export async function manyMembers(bench: Bench): Promise<Figure[]> {
  const topic = bench.newName('great');
  const count = bench.scaled(MEMBERS);
  const partitions = bench.scaled(PARTITIONS);
  await createTopic(bench.db, { name: topic, partitions });
  const db = new Database({ connection: bench.connectionString });
  try {
    const options = { group: topic, topics: [topic] };
    const first = await Membership.join(db, options);
    await addMembers(bench, first, count - 1);
    await share(bench, first, { topic, count, partitions });
    const turns: number[] = [];
    const joins: number[] = [];
    for (let n = 0; n < TURNS; n += 1) {
      turns.push(await timeOf(() => first.resubscribe({ topics: [topic] })));
      let newcomer: Membership | undefined;
      joins.push(
        await timeOf(async () => {
          newcomer = await Membership.join(db, options);
        }),
      );
      await newcomer?.leave();
    }
    const who = `a group of ${count} members and ${partitions} partitions`;
    return [
      reported(
        'members',
        `${who}: a turn that makes the assignment anew`,
        turns,
        milliseconds,
      ),
      reported('members', `${who}: joining it`, joins, milliseconds),
    ];
  } finally {
    await db.close();
  }
}

/**
 * Members beside `first`, written as they would be had they joined from another process, which is never missed: five
 * hundred turns would take minutes.
 */
async function addMembers(
  { db }: Bench,
  { number }: Membership,
  count: number,
): Promise<void> {
  await db.query(
    `with home as (
      insert into ${db.schema}.group_sessions (timeout_ms, interval_ms, host)
      values (2147483647, 2147483647, 'elsewhere') returning id
    )
    insert into ${db.schema}.group_members (
      group_id, member_id, session_id, client_id, host, topics, assignor, session_timeout_ms, rebalance_timeout_ms
    )
    select member.group_id, member.member_id || '-' || n, home.id, member.client_id, member.host,
      member.topics, member.assignor, member.session_timeout_ms, member.rebalance_timeout_ms
    from ${db.schema}.group_members as member, home, generate_series(1, $2::int) as n
    where member.id = $1`,
    [number, count],
  );
}

/** Has the first member, which has everything, give the others their share. */
async function share(
  bench: Bench,
  first: Membership,
  {
    topic,
    count,
    partitions,
  }: {
    readonly topic: string;
    readonly count: number;
    readonly partitions: number;
  },
): Promise<void> {
  await first.resubscribe({ topics: [topic] });
  await waitFor('each member to have its share', async () => {
    await first.release(first.revoking);
    const found = await settled(bench.db, topic);
    return found.members === count && found.partitions === partitions;
  });
}

async function timeOf(act: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await act();
  return performance.now() - began;
}
