import { pipeline } from 'node:stream/promises';
import { Client } from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import type { Bench } from '../bench.ts';
import { compared, perSecond, type Figure, type Measured } from '../figure.ts';
import { secondsOf } from '../timing.ts';
import { requireDrained, withBacklog, type Backlog } from './backlog.ts';
import { RelayChild } from './relay-child.ts';

const COUNT = 500_000;
const GREAT_COUNT = 5_000_000;

/** How fast one relay drains a backlog, against binary COPY of the same rows into a like table. */
export async function drain(bench: Bench): Promise<Figure[]> {
  return RelayChild.with(async (relay) => {
    const count = bench.scaled(COUNT);
    const measured = await drainInTurn(bench, relay, count);
    const figures = [figureOf('drain', count, measured)];
    if (bench.options.quick) return figures;
    const great = await drainOnce(bench, relay);
    return [...figures, figureOf('drain', GREAT_COUNT, great)];
  });
}

function figureOf(name: string, count: number, measured: Measured): Figure {
  return compared({
    name,
    what: `one relay drains ${count} events`,
    against: 'binary COPY of the same rows, out and into a like table',
    measured,
    show: perSecond,
    target: { atLeast: 0.3 },
  });
}

/** A new backlog for each round, the first uncounted; both sides take it as it was written, the order changing. */
async function drainInTurn(
  bench: Bench,
  relay: RelayChild,
  count: number,
): Promise<Measured> {
  const ours: number[] = [];
  const peer: number[] = [];
  for (let round = 0; round <= bench.options.rounds; round += 1) {
    await withBacklog(bench, count, async (backlog) => {
      const turns = [
        async () => ours.push(await drainRate(backlog, relay)),
        async () => peer.push(await copyRate(backlog)),
      ];
      for (const turn of round % 2 === 0 ? turns : turns.toReversed())
        await turn();
    });
  }
  return { ours: ours.slice(1), peer: peer.slice(1) };
}

/** One backlog that takes minutes: COPY before the drain and behind it, since what the machine does drifts. */
async function drainOnce(bench: Bench, relay: RelayChild): Promise<Measured> {
  return withBacklog(bench, GREAT_COUNT, async (backlog) => {
    const before = await copyRate(backlog);
    const ours = await drainRate(backlog, relay);
    const after = await copyRate(backlog);
    return { ours: [ours], peer: [(before + after) / 2] };
  });
}

/** Events a second. */
async function drainRate(backlog: Backlog, relay: RelayChild): Promise<number> {
  await backlog.client.query('checkpoint');
  const seconds = await relay.drain(backlog.connectionString, backlog.count);
  await requireDrained(backlog);
  return backlog.count / seconds;
}

/** Rows a second, out over one connection and in over another, in one transaction. */
async function copyRate(backlog: Backlog): Promise<number> {
  const { client, connectionString, count, db } = backlog;
  const events = `${db.schema}.outbox_events`;
  await client.query('drop table if exists copied');
  await client.query(`create table copied (like ${events} including all)`);
  await client.query('checkpoint');
  const into = new Client({ connectionString });
  await into.connect();
  const seconds = await secondsOf(() =>
    pipeline(
      client.query(
        copyTo(`copy (select * from ${events}) to stdout (format binary)`),
      ),
      into.query(copyFrom('copy copied from stdin (format binary)')),
    ),
  );
  await into.end();
  const { rows } = await client.query(
    'select count(*)::int as rows from copied',
  );
  if (rows[0]?.rows !== count) throw new Error('COPY brought something else');
  return count / seconds;
}
