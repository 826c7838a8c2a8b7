import { sleep } from '#kernel';
import type { Database } from '#postgres';
import { TestDatabase, waitFor } from '#testing';
import { BusinessLoad, drained } from '../business-load.ts';
import { judgeRecords, requireNoFaults } from '../judge-records.ts';
import type { KafkaCheck, KafkaStage } from '../kafka-check.ts';
import {
  killAtRandom,
  killUnmarked,
  lastDelivery,
  type Scene,
} from '../kill-relay.ts';
import { RelayToKafka } from '../relay-to-kafka.ts';

const PARTITIONS = 3;
const DRAIN_LIMIT_MS = 30_000;
/** The server ends a session that is idle in a move after 10 s. */
const STOPPED_MS = 12_000;

/** A load under way, and what is needed to have it relayed. */
interface Run extends Scene {
  readonly stage: KafkaStage;
  readonly load: BusinessLoad;
  /** Starts a relay of this run; it is stopped at the end of the run. */
  relay(): Promise<RelayToKafka>;
}

interface RunOptions {
  readonly name: string;
  readonly transactional: boolean;
}

/** Has a load relayed while `act` disturbs it, drains it, and judges what readers see. */
async function underLoad(
  stage: KafkaStage,
  { name, transactional }: RunOptions,
  act: (run: Run) => Promise<string>,
): Promise<string> {
  const database = await TestDatabase.create(stage.server.connectionString);
  const db = database.open();
  const topic = stage.name(name);
  await stage.reader.createTopic(topic, PARTITIONS);
  const relays: RelayToKafka[] = [];
  const relay = async () => {
    const started = new RelayToKafka(db, {
      id: `${topic}-${relays.length}`,
      connectionString: database.connectionString,
      brokers: stage.brokers,
      transactionalId: topic,
      transactional,
    });
    relays.push(started);
    await started.ready();
    return started;
  };
  const load = await BusinessLoad.begin(db, topic);
  try {
    const { reader } = stage;
    const group = transactional ? topic : undefined;
    const run = { stage, load, relay, db, reader, group };
    const found = await act(run);
    const committed = await load.end();
    await drain(db, relays);
    const judged = await judge(stage, topic, { load, transactional });
    return `${committed} events, ${judged}; ${found}`;
  } finally {
    await load.end();
    await Promise.all(relays.map((each) => each.kill()));
    await database.drop();
  }
}

async function drain(
  db: Database,
  relays: readonly RelayToKafka[],
): Promise<void> {
  try {
    await waitFor('the outbox to drain', () => drained(db), {
      timeoutMs: DRAIN_LIMIT_MS,
      intervalMs: 100,
    });
  } catch (error) {
    const log = relays.at(-1)?.log.slice(-3_000);
    const { rows } = await db.query(
      `select status, count(*)::int from ${db.schema}.outbox group by status`,
    );
    const counts = JSON.stringify(rows);
    throw new Error(`it did not drain: ${counts}; its relay says: ${log}`, {
      cause: error,
    });
  }
}

async function judge(
  stage: KafkaStage,
  topic: string,
  { load, transactional }: { load: BusinessLoad; transactional: boolean },
): Promise<string> {
  const records = await stage.reader.read(topic, 'READ_COMMITTED');
  const judged = judgeRecords(records, load.versions);
  requireNoFaults(judged);
  const { duplicates } = judged;
  if (!transactional) return `${duplicates} duplicates`;
  if (duplicates > 0) throw new Error(`${duplicates} duplicates`);
  const all = await stage.reader.read(topic, 'READ_UNCOMMITTED');
  return `0 duplicates (${all.length - records.length} records of aborted attempts, for who reads uncommitted)`;
}

async function killMany(run: Run): Promise<string> {
  let unmarked = 0;
  for (let turn = 0; turn < run.stage.kills; turn += 1) {
    const before = (await lastDelivery(run)).number;
    const relay = await run.relay();
    const kill = turn % 2 === 0 ? killUnmarked : killAtRandom;
    const hit = await kill(relay, run, before);
    if (hit) unmarked += 1;
  }
  await run.relay();
  const between = run.group ? "Kafka's commit" : 'the begin of a delivery';
  return `${run.stage.kills} kills, ${unmarked} between ${between} and the mark`;
}

async function killOnce(run: Run): Promise<string> {
  const found = await killMany(run);
  if (found.includes(' 0 between'))
    throw new Error(`no kill fell between Kafka's commit and the mark`);
  return found;
}

async function takeTurns(run: Run): Promise<string> {
  const one = await run.relay();
  await run.relay();
  await sleep(run.stage.loadMs);
  await waitFor('a relay to stand inside a move', async () => {
    one.send('SIGSTOP');
    if (await one.isInsideMove()) return true;
    one.send('SIGCONT');
    return false;
  });
  await sleep(STOPPED_MS);
  one.send('SIGCONT');
  await sleep(run.stage.loadMs);
  return 'two relays in turns, one of them stopped in a move for 12 s and continued';
}

async function restartBroker(run: Run): Promise<string> {
  const { broker, loadMs } = run.stage;
  if (!broker) return 'the broker is not ours to stop: not tried';
  await run.relay();
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    await sleep(loadMs / 2);
    await broker.end(signal);
    await sleep(loadMs / 4);
    await broker.start();
  }
  await sleep(loadMs / 2);
  return 'the broker stopped, and killed, and started again';
}

/** What is relayed under load while something is disturbed. */
export const loadChecks: readonly KafkaCheck[] = [
  {
    name: 'events come once and in order while nothing is disturbed',
    run: (stage) =>
      underLoad(stage, { name: 'calm', transactional: true }, async (run) => {
        await run.relay();
        await sleep(run.stage.loadMs);
        return 'one relay';
      }),
  },
  {
    name: 'events come once although relays are killed',
    run: (stage) =>
      underLoad(stage, { name: 'kills', transactional: true }, killOnce),
  },
  {
    name: 'events come at least once without transactions although relays are killed',
    run: (stage) =>
      underLoad(stage, { name: 'plain', transactional: false }, killMany),
  },
  {
    name: 'events come once although relays take over from each other',
    run: (stage) =>
      underLoad(stage, { name: 'turns', transactional: true }, takeTurns),
  },
  {
    name: 'events come once although the broker is stopped',
    run: (stage) =>
      underLoad(stage, { name: 'restart', transactional: true }, restartBroker),
  },
];
