import { PostamtError, sleep } from '#kernel';
import { createTopic } from './cluster-requests.js';
import type { Cluster } from './cluster.js';

const LOOK_INTERVAL_MS = 20;

/**
 * Sees that the topic exists to which the group's offset belongs, and makes it where it does not.
 *
 * @throws PostamtError INVALID_CONFIG where it cannot be made
 */
export async function requireDeliveriesTopic(
  cluster: Cluster,
  name: string,
): Promise<void> {
  if (await isThere(cluster, name)) return;
  try {
    await createTopic(await cluster.controller(), name);
  } catch (error) {
    throw new PostamtError(
      'INVALID_CONFIG',
      `The topic ${name}, to which the committed offset of the relay's group belongs, does not exist and cannot be made: create it, with one partition, or name another one.`,
      { cause: error },
    );
  }
  while (!cluster.closing.aborted && !(await isThere(cluster, name)))
    await sleep(LOOK_INTERVAL_MS, cluster.closing);
}

async function isThere(cluster: Cluster, name: string): Promise<boolean> {
  const topic = (await cluster.topics([name])).get(name);
  return topic !== undefined && !('error' in topic);
}
