import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { Client } from 'pg';
import type { Database } from '#postgres';
import { useDatabase } from '#testing';
import { cleanPart } from '../maintenance/clean-part.js';
import { Outbox } from '../publish/outbox.js';
import { turnRing } from '../sql/read-parts.js';
import { readOutboxStatus } from '../status/outbox-status.js';
import { discardOutbox } from './discard-outbox.js';
import { letters, parcels, PostOffice } from './fixtures/post-office.js';
import { listOutbox } from './list-outbox.js';
import { retryParked } from './retry-parked.js';
import { skipParked } from './skip-parked.js';
import { OUTBOX_STATUSES, type OutboxEventStatus } from './waiting-event.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });
const SEEDS = [1, 2, 3];
const STEPS = 50;

/** The same numbers for the same seed (mulberry32). */
class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  below(most: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % most;
  }

  of<T>(things: readonly T[]): T {
    return things[this.below(things.length)] as T;
  }
}

type Shown = Record<string, unknown>;

async function viewed(db: Database): Promise<Shown[]> {
  const { rows } = await db.query(`
    select id, event_id, topic, key, status, partition, "offset", attempts, code, reason,
      case when status = 'DELAYED' then extract(epoch from due) * 1000 end::bigint as due
    from postamt.outbox order by id`);
  return rows.map((row) => ({ ...row, key: textOf(row.key) }));
}

async function listed(
  db: Database,
  status?: OutboxEventStatus,
): Promise<Shown[]> {
  const pages: Shown[] = [];
  for (let after = 0n; ;) {
    const page = await listOutbox(db, {
      after,
      limit: 7,
      ...(status && { status }),
    });
    pages.push(
      ...page.map((event) => ({
        id: String(event.id),
        event_id: event.eventId,
        topic: event.topic,
        key: textOf(event.key),
        status: event.status,
        partition: event.partition,
        offset: event.offset === null ? null : String(event.offset),
        attempts: event.attempts,
        code: event.code,
        reason: event.reason,
        due:
          event.status === 'DELAYED' && event.dueAt !== null
            ? String(event.dueAt)
            : null,
      })),
    );
    const last = page.at(-1);
    if (!last) return pages;
    after = last.id;
  }
}

const textOf = (key: unknown) => (Buffer.isBuffer(key) ? String(key) : null);

/** The counts of each topic in which an event stands. */
function counted(events: readonly Shown[]): Shown[] {
  const topics = [...new Set(events.map(({ topic }) => topic as string))];
  return topics.sort().map((topic) => ({
    topic,
    ...Object.fromEntries(
      OUTBOX_STATUSES.map((status) => [
        status.toLowerCase(),
        events.filter((each) => each.topic === topic && each.status === status)
          .length,
      ]),
    ),
  }));
}

/** A history, a step at a time. */
class History {
  readonly #db: Database;
  readonly #office: PostOffice;
  readonly #chance: Chance;
  readonly #late: Client;
  readonly #outbox: Outbox;
  #isLate = false;
  #part = 0;

  constructor(
    db: Database,
    parts: { office: PostOffice; chance: Chance; late: Client; outbox: Outbox },
  ) {
    this.#db = db;
    this.#office = parts.office;
    this.#chance = parts.chance;
    this.#late = parts.late;
    this.#outbox = parts.outbox;
  }

  async step(): Promise<void> {
    const chance = this.#chance;
    const key = chance.of(['a', 'b', 'c', 'd', null]);
    const topic = chance.of([letters, parcels]);
    const status = chance.of(['PARKED', 'FAILED'] as const);
    const limit = 1 + chance.below(3);
    const named = key === null ? {} : { key };
    const steps = [
      () => this.#office.good({ key }, topic),
      () => this.#office.good({ key }, topic),
      () => this.#office.bad({ key }, topic),
      () => this.#office.good({ key, deliverAfterMs: 3_600_000 }, topic),
      () => this.#office.good({ key, deliverAt: Date.now() - 1 }, topic),
      () => this.#office.move(1 + chance.below(2), 1 + chance.below(4)),
      () => this.#office.move(1 + chance.below(2)),
      () => this.#office.widen(),
      () => this.#writeLate(),
      () => retryParked(this.#db, { ...named, status }, { limit }),
      () => skipParked(this.#db, { ...named, status }, { limit }),
      () => discardOutbox(this.#db, named, { limit }),
      () => this.#makeDue(),
      () => this.#turn(),
    ];
    await chance.of(steps)();
  }

  /** A transaction that is open across moves. */
  async #writeLate(): Promise<void> {
    if (this.#isLate) await this.#late.query('commit');
    else {
      await this.#late.query('begin');
      await this.#outbox.publish(this.#late, letters, {
        key: 'a',
        value: 'late',
      });
    }
    this.#isLate = !this.#isLate;
  }

  /** What is delayed comes due, as if time had passed. */
  async #makeDue(): Promise<void> {
    await this.#db.query(
      'update postamt.outbox_delayed set due_at = due_at - 3600000 where id in (select id from postamt.outbox_unreleased)',
    );
    await this.#db.query(
      'update postamt.outbox_cursors set next_due = 1 where next_due is not null',
    );
  }

  async #turn(): Promise<void> {
    await this.#db.run(turnRing, []);
    await cleanPart(this.#db, this.#part);
    this.#part = (this.#part + 1) % 4;
  }

  async end(): Promise<void> {
    if (this.#isLate) await this.#late.query('commit');
    await this.#late.end();
  }
}

async function beginHistory(db: Database, seed: number): Promise<History> {
  const office = await PostOffice.open(db);
  await db.query(
    'truncate postamt.outbox_events, postamt.outbox_cursors, postamt.outbox_batches, postamt.outbox_delayed, postamt.outbox_parked, postamt.outbox_parked_keys',
  );
  const late = new Client(database.connectionString);
  await late.connect();
  const outbox = await Outbox.open(db, [letters, parcels]);
  return new History(db, { office, chance: new Chance(seed), late, outbox });
}

describe('the statuses of the outbox', () => {
  it.each(SEEDS)(
    'are the same in the view, in the counts and in the list, whatever happens (seed %i)',
    async (seed) => {
      const db = database.open();
      const history = await beginHistory(db, seed);
      const seen = new Set<unknown>();
      for (let step = 0; step < STEPS; step += 1) {
        await history.step();
        const events = await viewed(db);
        for (const { status } of events) seen.add(status);
        expect(await listed(db)).toEqual(events);
        const { topics } = await readOutboxStatus(db);
        expect(topics).toEqual(
          counted(events).map((counts) => expect.objectContaining(counts)),
        );
      }
      const events = await viewed(db);
      for (const status of OUTBOX_STATUSES)
        expect(await listed(db, status)).toEqual(
          events.filter((event) => event.status === status),
        );
      await history.end();
      expect(seen.size).toBeGreaterThanOrEqual(5);
    },
  );
});
