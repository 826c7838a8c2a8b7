import { Membership } from '#groups';
import { ensureTopic } from '#log';
import { Database, type Statement } from '#postgres';
import { sleep } from '#kernel';
import type { Bench } from '../bench.ts';
import { milliseconds, reported, type Figure } from '../figure.ts';
import { eachOf } from './each-of.ts';
import { numberTopic } from './number-topic.ts';
import { ServerTime } from './server-time.ts';

const GROUPS = 2_000;
const SECONDS = 30;
const QUICK_SECONDS = 7;
const AT_ONCE = 6;
/** What joining has left to do. */
const SETTLE_MS = 6_000;

/** A database that notes how long heartbeats take. */
class BeatingDatabase extends Database {
  readonly #beats: number[] = [];

  /** Milliseconds of each beat since this was asked last. */
  takeBeats(): number[] {
    return this.#beats.splice(0);
  }

  override async runAside<Values extends readonly unknown[], Row>(
    statement: Statement<Values, Row>,
    values: Values,
    limitMs?: number,
  ): Promise<Row[]> {
    const began = performance.now();
    const rows = await super.runAside(statement, values, limitMs);
    if (statement.name === 'beat_session')
      this.#beats.push(performance.now() - began);
    return rows;
  }
}

/** One process with one member in each of two thousand groups: what its heartbeats take. */
export async function manyGroups(bench: Bench): Promise<Figure[]> {
  const { connectionString, options } = bench;
  const topic = bench.newName('many');
  await ensureTopic(bench.db, numberTopic(topic, 1));
  const db = new BeatingDatabase({ connection: connectionString });
  const groups = bench.scaled(GROUPS);
  const names = Array.from({ length: groups }, (_, n) => `${topic}-${n}`);
  const began = performance.now();
  const members: Membership[] = [];
  await eachOf(names, AT_ONCE, async (group) => {
    members.push(await Membership.join(db, { group, topics: [topic] }));
  });
  const joining = (performance.now() - began) / groups;
  await sleep(SETTLE_MS);
  db.takeBeats();
  const seconds = options.quick ? QUICK_SECONDS : SECONDS;
  const share = await shareOf(bench, seconds);
  const beats = db.takeBeats();
  await eachOf(members, AT_ONCE, async (member) => member.leave());
  await db.close();
  const who = `${groups} groups of one member in one process`;
  return [
    reported('groups', `${who}: one heartbeat for all`, beats, milliseconds),
    reported(
      'groups',
      `${who}: processor time of the whole server and of Node`,
      [share],
      (value) => `${(value * 100).toFixed(2)} % of a core`,
    ),
    reported('groups', `${who}: joining, each`, [joining], milliseconds),
  ];
}

/** What this process and the server use of one processor while nothing else happens. */
async function shareOf(bench: Bench, seconds: number): Promise<number> {
  const server = await ServerTime.of(await bench.client());
  const used = async () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6 + ((await server?.seconds()) ?? Number.NaN);
  };
  const before = await used();
  await sleep(seconds * 1_000);
  return ((await used()) - before) / seconds;
}
