import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { Relay } from '#outbox';
import type { Database } from '#postgres';
import { waitFor } from '#testing';
import { Cluster, type Place } from './cluster.js';
import { moveSequenceOn } from './copy-rows.js';
import { drain, type MakeMover } from './mover.js';
import { OutboxScene } from './outbox-scene.js';
import { relayMover } from './relay-mover.js';
import { sketchMover } from './sketch-mover.js';
import * as steps from './sketch-steps.js';

type Scene = OutboxScene<Place>;

const KEY = 'key';
const OURS = 'written on the replica';

let primary: Cluster;
let replica: Cluster;

beforeAll(async () => {
  [primary, replica] = await Promise.all([
    Cluster.start({ wal_level: 'logical' }),
    Cluster.start(),
  ]);
});
afterEach(async () => {
  await Promise.all([primary.closePlaces(), replica.closePlaces()]);
});
afterAll(async () => {
  await Promise.all([primary.stop(), replica.stop()]);
});

/** A subscription to the outbox of another server, and what it brings. */
class Replica {
  readonly primary: Scene;
  readonly scene: Scene;

  private constructor(from: Scene, scene: Scene) {
    this.primary = from;
    this.scene = scene;
  }

  static async subscribe(): Promise<Replica> {
    const from = await OutboxScene.open(await primary.place());
    const to = await OutboxScene.open(await replica.place());
    const { db } = from.stage;
    await db.query(
      `create publication outbox for table ${['outbox_events', 'outbox_batches', 'outbox_cursors'].map((table) => `${db.schema}.${table}`).join(', ')}`,
    );
    // What is written here must not have the ids of what comes: a subscription brings no sequences.
    await moveSequenceOn(to.stage.db);
    await to.stage.db.query(
      `create subscription outbox connection '${from.stage.connectionString}' publication outbox with (slot_name = '${slotOf(from)}')`,
    );
    return new Replica(from, to);
  }

  /** Waits until what stands in the primary's outbox is here. */
  async catchUp(): Promise<void> {
    for (const table of ['outbox_events', 'outbox_batches'])
      await waitFor(`the replica to have ${table}`, async () => {
        const here = await countRows(this.scene.stage.db, table, ORIGINALS);
        return here >= (await countRows(this.primary.stage.db, table, 'true'));
      });
  }

  /** Nothing comes any more: this server takes over. */
  async takeOver(): Promise<void> {
    await this.scene.stage.db.query('alter subscription outbox disable');
  }

  /** Ids of events that both servers have brought to their topic. */
  async twice(): Promise<string[]> {
    const there = new Set(await this.primary.published());
    return (await this.scene.published()).filter((id) => there.has(id));
  }

  /** Lets go of the slot, without which the primary's database cannot be dropped. */
  async end(): Promise<void> {
    const { db } = this.scene.stage;
    await db.query('alter subscription outbox disable');
    await db.query('drop subscription outbox');
  }
}

/** Not those that were written or moved here. */
const ORIGINALS = `coalesce(to_jsonb(row) ->> 'relay', '') <> 'here'
  and coalesce((to_jsonb(row) ->> 'id')::bigint, 0) < 1000000`;

async function countRows(
  db: Database,
  table: string,
  condition: string,
): Promise<number> {
  const { rows } = await db.query(
    `select count(*)::int as count from ${db.schema}.${table} as row where ${condition}`,
  );
  return rows[0]?.count as number;
}

function slotOf({ stage }: Scene): string {
  return `slot_${new URL(stage.connectionString).pathname.slice(1)}`;
}

/** A relay on the replica, while `act` goes on. */
async function whileRelayRuns(
  { stage }: Scene,
  act: () => Promise<void>,
): Promise<void> {
  const relay = new Relay(stage.db, { id: 'here', pollIntervalMs: 20 });
  relay.start();
  try {
    await act();
  } finally {
    await relay.stop();
  }
}

/** Publishes on the replica and waits until its relay has moved that: it has looked at what there is. */
async function relayLooks(scene: Scene): Promise<void> {
  const before = (await scene.published()).length;
  await scene.publishCommitted(OURS);
  await waitFor(
    'the relay to move what is written on the replica',
    async () => (await scene.published()).length > before,
  );
}

describe('a logical replica', () => {
  it('whose relay runs publishes nothing of what is fed to it, and moves what is written there', async () => {
    const pair = await Replica.subscribe();
    await pair.primary.publishCommitted(KEY, KEY);
    await pair.catchUp();
    await whileRelayRuns(pair.scene, async () => {
      for (let n = 0; n < 3; n += 1) await relayLooks(pair.scene);
      await drain(await relayMover(20_000)(pair.primary));
      await pair.primary.publishCommitted(KEY);
      await pair.catchUp();
      for (let n = 0; n < 3; n += 1) await relayLooks(pair.scene);
    });
    expect(await pair.scene.violations()).toEqual([]);
    await pair.end();
  });

  it('that takes over publishes what was pending, and nothing twice', async () => {
    const pair = await Replica.subscribe();
    await pair.primary.publishCommitted(KEY, KEY);
    await drain(await relayMover(1)(pair.primary));
    await pair.primary.publishCommitted(KEY, KEY);
    const pending = pair.primary.committed.slice(2);
    await whileRelayRuns(pair.scene, async () => {
      await relayLooks(pair.scene);
      await pair.catchUp();
      await pair.takeOver();
      await waitFor('what was pending to be published', async () => {
        const here = await pair.scene.published();
        return pending.every((id) => here.includes(id));
      });
      await relayLooks(pair.scene);
    });
    expect(await pair.twice()).toEqual([]);
    const here = await pair.scene.published();
    expect(here.filter((id) => pending.includes(id))).toEqual(pending);
    expect(here).toHaveLength(pair.scene.committed.length + pending.length);
    await pair.end();
  });

  it.each<[string, MakeMover]>([
    ['takes transaction ids for its own', sketchMover(steps.sound)],
    ['goes by the greatest id', sketchMover(steps.idAsCursor)],
  ])('catches a naive relay that %s', async (_, make) => {
    const pair = await Replica.subscribe();
    await pair.primary.publishCommitted(KEY, KEY);
    await drain(await relayMover(20_000)(pair.primary));
    await pair.catchUp();
    await replica.spendTransactionIds(1_000);
    await drain(await make(pair.scene));
    expect(await pair.twice()).toHaveLength(2);
    await pair.end();
  });
});
