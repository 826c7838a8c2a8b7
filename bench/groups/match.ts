import { ensureTopic } from '#log';
import { sleep } from '#kernel';
import { waitFor } from '#testing';
import type { Bench } from '../bench.ts';
import { clock } from '../outbox/open-loop.ts';
import type { Protocol } from './eager-assignor.ts';
import { settled } from './group-state.ts';
import { numberTopic } from './number-topic.ts';
import { Player, type Handled, type PlayerAsked } from './player.ts';
import { Referee } from './referee.ts';
import { SteadyRecords } from './steady-records.ts';

const PLAYERS = 6;
export const PARTITIONS = 24;
/** Each partition gets a record so often. */
const INTERVAL_MS = 40;
/** So long before and behind each event nothing else happens. */
export const WINDOW_MS = 2_000;

export const HAPPENINGS = ['joins', 'leaves', 'dies'] as const;
export type Happening = (typeof HAPPENINGS)[number];

/** Something that happens to a group, and to which of its players. */
interface Event {
  readonly happening: Happening;
  readonly player: number;
}

/** Something that happened, and what the group handled around it. */
export interface Episode extends Event {
  readonly protocol: Protocol;
  /** When it began, in milliseconds of the machine's clock. */
  readonly at: number;
  /** When each member had its share again, and {@link WINDOW_MS} later. */
  readonly until: number;
  readonly handled: readonly Handled[];
}

type Noted = Omit<Episode, 'protocol' | 'handled'>;

/** Six members at work: another one joins and one leaves, as often as it is asked for; at last one is killed. */
export async function playMatch(
  bench: Bench,
  protocol: Protocol,
  rounds: number,
): Promise<Episode[]> {
  const name = bench.newName(protocol);
  const topic = numberTopic(name, PARTITIONS);
  await ensureTopic(bench.db, topic);
  const { connectionString } = bench;
  const asked = { connectionString, topic: name, group: name, protocol };
  const isEager = protocol === 'eager';
  const referee = isEager && (await Referee.join(bench.db, name));
  const players = await openPlayers(asked, rounds);
  try {
    for (const player of players.slice(0, PLAYERS)) await player.join();
    await untilShared(bench, name, PLAYERS);
    const records = new SteadyRecords(bench.db, topic, INTERVAL_MS);
    await sleep(WINDOW_MS);
    const noted: Noted[] = [];
    for (const event of eventsOf(rounds))
      noted.push(await watch(bench, { group: name, players, event }));
    await records.stop();
    return await episodesOf(protocol, players, noted);
  } finally {
    if (referee) await referee.stop();
    await Promise.all(players.map(async (player) => player.end()));
  }
}

/** Those that come are the last ones, those that go the first. */
function eventsOf(rounds: number): Event[] {
  const events = Array.from({ length: rounds }, (_, round): Event[] => [
    { happening: 'joins', player: PLAYERS + round },
    { happening: 'leaves', player: round },
  ]);
  return [...events.flat(), { happening: 'dies', player: PLAYERS }];
}

async function watch(
  bench: Bench,
  {
    group,
    players,
    event,
  }: {
    readonly group: string;
    readonly players: readonly Player[];
    readonly event: Event;
  },
): Promise<Noted> {
  const { happening } = event;
  const player = players[event.player] as Player;
  await bench.db.query('checkpoint');
  await sleep(WINDOW_MS);
  const at = clock();
  if (happening === 'joins') await player.join();
  else if (happening === 'leaves') await player.leave();
  else await player.kill();
  const after = { joins: PLAYERS + 1, leaves: PLAYERS, dies: PLAYERS - 1 };
  await untilShared(bench, group, after[happening]);
  await sleep(WINDOW_MS);
  return { ...event, at, until: clock() };
}

async function openPlayers(
  asked: PlayerAsked,
  newcomers: number,
): Promise<Player[]> {
  return Promise.all(
    Array.from({ length: PLAYERS + newcomers }, async (_, n) =>
      Player.open(n, asked),
    ),
  );
}

async function untilShared(
  bench: Bench,
  group: string,
  count: number,
): Promise<void> {
  const isShared = async () => {
    const { members, partitions } = await settled(bench.db, group);
    return members === count && partitions === PARTITIONS;
  };
  const what = `${count} members to have their share`;
  await waitFor(what, isShared, { intervalMs: 50 });
}

async function episodesOf(
  protocol: Protocol,
  players: readonly Player[],
  noted: readonly Noted[],
): Promise<Episode[]> {
  const handled: Handled[] = [];
  for (const player of players) handled.push(...(await player.handled()));
  handled.sort((a, b) => a.at - b.at);
  return noted.map((each) => ({
    ...each,
    protocol,
    handled: handled.filter(
      ({ at }) => at >= each.at - WINDOW_MS && at < each.until,
    ),
  }));
}
