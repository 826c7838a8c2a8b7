import { randomInt } from 'node:crypto';
import { sleep } from '#kernel';
import type { Database } from '#postgres';
import { waitFor } from '#testing';
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

/**
 * Kills the relay at some time after it has begun a delivery, wherever it is. Whether that was between Kafka's commit and
 * the mark.
 *
 * @param before the delivery that was the last one when the relay was started
 */
export async function killAtRandom(
  relay: RelayToKafka,
  scene: Scene,
  before: bigint,
): Promise<boolean> {
  await waitFor('the relay to deliver', async () => {
    return (await lastDelivery(scene)).number > before;
  });
  await sleep(randomInt(400));
  await relay.kill();
  return isMadeAndUnmarked(scene, before);
}

/** Stops the relay again and again until it stands between Kafka's commit and the mark, and kills it there. */
export async function killUnmarked(
  relay: RelayToKafka,
  scene: Scene,
  before: bigint,
): Promise<boolean> {
  for (let aim = 0; aim < AIMS; aim += 1) {
    await sleep(randomInt(20));
    relay.send('SIGSTOP');
    if (await isMadeAndUnmarked(scene, before)) break;
    relay.send('SIGCONT');
  }
  await relay.kill();
  return isMadeAndUnmarked(scene, before);
}

/** The delivery that was begun last; number 0 where there is none. */
export async function lastDelivery({
  db,
}: Pick<Scene, 'db'>): Promise<{ number: bigint; done: boolean }> {
  const { rows } = await db.query(
    `select number::text, bool_or(done) as done from ${db.schema}.outbox_deliveries group by number order by outbox_deliveries.number desc limit 1`,
  );
  const [last] = rows;
  if (!last) return { number: 0n, done: true };
  return { number: BigInt(last.number as string), done: last.done as boolean };
}

/** Whether a later delivery stands in Kafka and is not marked in Postgres; without transactions, it may stand there. */
async function isMadeAndUnmarked(
  scene: Scene,
  before: bigint,
): Promise<boolean> {
  const { number, done } = await lastDelivery(scene);
  if (done || number <= before) return false;
  if (scene.group === undefined) return true;
  const { reader, group } = scene;
  return (await reader.committed(group, DELIVERIES_TOPIC)) === number;
}
