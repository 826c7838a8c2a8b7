import { Client } from 'pg';
import { ensureTopic } from '#log';
import { sleep } from '#kernel';
import { waitFor } from '#testing';
import type { Bench } from '../bench.ts';
import { limited, notRun, reported, type Figure } from '../figure.ts';
import type { Child } from '../outbox/child.ts';
import { median } from '../timing.ts';
import { settled } from './group-state.ts';
import { MEMBERS_APPLICATION, withMembers } from './members-child.ts';
import { numberTopic } from './number-topic.ts';
import { ServerTime } from './server-time.ts';

const PROCESSES = 10;
const MEMBERS = 10;
const SECONDS = 60;
/** Connections that joining took are closed after five idle seconds. */
const SETTLE_MS = 12_000;
const LOOK_MS = 250;
const LIMIT = 0.05;

/** What was seen of idle members. */
interface Watched {
  /** Of one processor; undefined where the machine does not tell. */
  readonly share: number | undefined;
  readonly connections: readonly number[];
  readonly transactionsPerMinute: number;
}

/** A hundred members that have nothing to do, listeners of one group in ten processes, a partition each. */
export async function idle(bench: Bench): Promise<Figure[]> {
  const { connectionString } = bench;
  const topic = bench.newName('idle');
  const partitions = PROCESSES * MEMBERS;
  await ensureTopic(bench.db, numberTopic(topic, partitions));
  const asked = { connectionString, topic, group: topic, members: MEMBERS };
  const seconds = bench.scaled(SECONDS);
  const watched = await withMembers(PROCESSES, asked, async (children) => {
    await Promise.all(children.map(async (each) => each.ask('join')));
    await waitFor('each member to have its partition', async () => {
      const { members } = await settled(bench.db, topic);
      return members === partitions;
    });
    await sleep(SETTLE_MS);
    return watch(connectionString, children, seconds);
  });
  return figuresOf(watched, `100 members in ${PROCESSES} processes, idle`);
}

async function watch(
  connectionString: string,
  children: readonly Child[],
  seconds: number,
): Promise<Watched> {
  const observer = await observerOf(connectionString);
  const name = new URL(connectionString).pathname.slice(1);
  const server = await ServerTime.of(observer);
  const used = async () =>
    (await nodeSeconds(children)) + ((await server?.seconds()) ?? Number.NaN);
  const connections: number[] = [];
  const before = await used();
  const done = await transactions(observer, name);
  const until = performance.now() + seconds * 1_000;
  while (performance.now() < until) {
    connections.push(await connectionsNow(observer));
    await sleep(LOOK_MS);
  }
  const share = ((await used()) - before) / seconds;
  const more = (await transactions(observer, name)) - done;
  await observer.end();
  return {
    share: server && share,
    connections,
    transactionsPerMinute: (more / seconds) * 60,
  };
}

/** A connection to another database, so that what it does is not counted with the members' transactions. */
async function observerOf(connectionString: string): Promise<Client> {
  const url = new URL(connectionString);
  url.pathname = '/postgres';
  const observer = new Client({ connectionString: url.href });
  await observer.connect();
  return observer;
}

async function nodeSeconds(children: readonly Child[]): Promise<number> {
  const used = await Promise.all(
    children.map(async (each) => each.ask<number>('cpuSeconds')),
  );
  return used.reduce((sum, each) => sum + each, 0);
}

async function connectionsNow(observer: Client): Promise<number> {
  const { rows } = await observer.query<{ count: number }>(
    'select count(*)::int as count from pg_stat_activity where application_name = $1',
    [MEMBERS_APPLICATION],
  );
  return rows[0]?.count ?? 0;
}

async function transactions(observer: Client, name: string): Promise<number> {
  const { rows } = await observer.query<{ count: number }>(
    'select xact_commit::int as count from pg_stat_database where datname = $1',
    [name],
  );
  return rows[0]?.count ?? 0;
}

function figuresOf(watched: Watched, who: string): Figure[] {
  const { share, connections, transactionsPerMinute } = watched;
  const what = `${who}: processor time of server and Node`;
  const most = Math.max(...connections);
  const held = limited({
    name: 'idle',
    what: `${who}: connections, median`,
    value: median(connections),
    atMost: PROCESSES,
    show: String,
  });
  return [
    share === undefined
      ? notRun('idle', what, 'needs /proc of Linux', 'at most 1')
      : limited({
          name: 'idle',
          what,
          value: share,
          atMost: LIMIT,
          show: percent,
        }),
    { ...held, value: `${held.value}, at most ${most}` },
    reported(
      'idle',
      `${who}: transactions a minute`,
      [transactionsPerMinute],
      (value) => value.toFixed(0),
    ),
  ];
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} % of a core`;
}
