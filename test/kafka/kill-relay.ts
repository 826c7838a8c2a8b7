import { randomInt } from 'node:crypto';
import { sleep } from '#kernel';
import type { Database } from '#postgres';
import type { ClusterReader } from './cluster-reader.ts';
import type { RelayToKafka } from './relay-to-kafka.ts';

const DELIVERIES_TOPIC = '_postamt_deliveries';
const AIMS = 300;

/** Where to look for what a relay has done. */
export interface Scene {
  readonly db: Database;
  readonly reader: ClusterReader;
  /** Also the transactional id; undefined where there are no transactions. */
  readonly group: string | undefined;
}

/** Kills the relay after some time, wherever it is. Whether that was between Kafka's commit and the mark. */
export async function killAtRandom(
  relay: RelayToKafka,
  scene: Scene,
): Promise<boolean> {
  await sleep(randomInt(400));
  await relay.kill();
  return isMadeAndUnmarked(scene);
}

/** Stops the relay again and again until it stands between Kafka's commit and the mark, and kills it there. */
export async function killUnmarked(
  relay: RelayToKafka,
  scene: Scene,
): Promise<boolean> {
  for (let aim = 0; aim < AIMS; aim += 1) {
    await sleep(randomInt(20));
    relay.send('SIGSTOP');
    if (await isMadeAndUnmarked(scene)) break;
    relay.send('SIGCONT');
  }
  await relay.kill();
  return isMadeAndUnmarked(scene);
}

/** Whether the last delivery stands in Kafka and is not marked in Postgres; without transactions, it may stand there. */
async function isMadeAndUnmarked(scene: Scene): Promise<boolean> {
  const { db, reader, group } = scene;
  const { rows } = await db.query(
    `select number::text, bool_or(done) as done from ${db.schema}.outbox_deliveries group by number order by number desc limit 1`,
  );
  const [last] = rows;
  if (!last || last.done === true) return false;
  if (group === undefined) return true;
  const committed = await reader.committed(group, DELIVERIES_TOPIC);
  return committed === BigInt(last.number as string);
}
