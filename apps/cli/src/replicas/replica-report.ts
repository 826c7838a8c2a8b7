import { performance } from 'node:perf_hooks';
import { sleep } from '#kernel';
import { inSyncReplicas, listTopics, type Replicas } from '#log';
import type { Database } from '#postgres';
import { judgeStandbys, type JudgedStandby } from './judge-standbys.js';
import { readServer, type ServerState } from './read-server.js';

/** A topic whose `min.insync.replicas` cannot be met now. */
export interface StarvedTopic {
  readonly topic: string;
  readonly minInsyncReplicas: number;
}

/** The standbys of a primary. */
export interface PrimaryReport {
  readonly server: ServerState;
  /** How far it has flushed, as a number of bytes of WAL. */
  readonly flushed: bigint;
  readonly standbys: readonly JudgedStandby[];
  /** Connections that the role may not look into. */
  readonly hidden: number;
  /** This server among them. */
  readonly inSync: number;
  readonly starved: readonly StarvedTopic[];
}

/** How long a standby may take to flush what this server has flushed. */
const PATIENCE_MS = 2_000;
const LOOK_MS = 20;

/** What can be said of the replicas: a standby knows nothing of others. */
export async function readReplicas(
  db: Database,
): Promise<PrimaryReport | ServerState> {
  const server = await readServer(db);
  if (server.isStandby) return server;
  const { target, replicas } = await watchReplicas(db);
  const standbys = judgeStandbys(target, replicas);
  const inSync = 1 + standbys.filter(({ state }) => state === 'in-sync').length;
  const topics = await listTopics(db);
  const starved = topics
    .map(({ name, config }) => ({
      topic: name,
      minInsyncReplicas: config.minInsyncReplicas,
    }))
    .filter(({ minInsyncReplicas }) => minInsyncReplicas > inSync);
  const { flushed, hidden } = replicas;
  return { server, flushed, standbys, hidden, inSync, starved };
}

/** Looks until every standby has flushed what this server had flushed at first, or has had its time. */
async function watchReplicas(
  db: Database,
): Promise<{ target: bigint; replicas: Replicas }> {
  const deadline = performance.now() + PATIENCE_MS;
  let replicas = await inSyncReplicas(db).read();
  const target = replicas.flushed;
  while (
    replicas.standbys.some(({ flushed }) => flushed < target) &&
    performance.now() < deadline
  ) {
    await sleep(LOOK_MS);
    replicas = await inSyncReplicas(db).read();
  }
  return { target, replicas };
}
