import { isPostamtError, PostamtError, sleep } from '#kernel';
import {
  freezeGroup,
  hasReached,
  readProgress,
  type GroupOffsets,
} from '#client';
import type { Database, EngineTx } from '#postgres';
import {
  projectionWakeUp,
  versionGroup,
  versionTable,
} from './projection-definition.js';
import type { Projection } from './projection.js';
import {
  activeVersion,
  retireVersion,
  insertVersion,
  lockProjection,
  pointView,
  readVersions,
  setState,
  type ProjectionVersion,
} from './versions.js';

export interface RebuildOptions {
  /** How many partitions are worked on at once; 1 by default. */
  readonly concurrency?: number;
  /** Builds from what the log still has, where retention took its beginning; refused by default. */
  readonly allowIncomplete?: boolean;
  /** Gives up and throws its reason; the new version is thrown away. */
  readonly signal?: AbortSignal;
}

export interface RebuildResult {
  /** The version that is active now. */
  readonly version: number;
  /** How many records were applied to it before the switch. */
  readonly records: number;
  /** From beginning to switch. */
  readonly seconds: number;
}

/** A projection, as far as its progress goes. */
interface FilledProjection {
  readonly name: string;
  readonly options: { readonly topic: { readonly name: string } };
}

const LOOK_MS = 20;
/** How long the switch waits for a lock: readers that come behind it wait as long. */
const SWITCH_LOCK_MS = 500;
const SWITCH_PAUSE_MS = 250;
/** How long the old version's group may be held while the new one reads the last records. */
const HOLD_MS = 5_000;

/**
 * Builds a projection anew: a table beside the old one, filled from offset 0 by a group of its own while the old version
 * goes on, then switched in one transaction, at a moment when it has everything that the old one has. Readers of the
 * view see one or the other, never less than before. The old table stays until the next rebuild.
 *
 * @throws PostamtError OFFSET_OUT_OF_RANGE where the log does not begin at offset 0 any more: what is gone would be missing
 * from the new version. Topics that are rebuilt from keep everything (`retention.ms` -1). PROJECTION_CONFLICT when another rebuild of the projection began meanwhile; what `create` throws;
 * the signal's reason. The old version goes on in each case.
 *
 * @example
 * const { version, records, seconds } = await rebuild(db, board, { concurrency: 3 });
 */
export async function rebuild<DB, Name extends string, Key, Value>(
  db: Database,
  projection: Projection<DB, Name, Key, Value>,
  options: RebuildOptions = {},
): Promise<RebuildResult> {
  const began = Date.now();
  await projection.install(db);
  if (!options.allowIncomplete) await requireWhole(db, projection);
  const version = await beginVersion(db, projection);
  const { concurrency = 1 } = options;
  const listener = projection.listener(db, version, { concurrency });
  try {
    await listener.start();
    await catchUp(db, projection, version, options.signal);
    await switchTo(db, projection, version, options.signal);
  } catch (error) {
    await listener.stop();
    await abandon(db, projection.name, version);
    throw error;
  }
  db.wakeUps.mark([projectionWakeUp(projection.name)]);
  await listener.stop();
  const records = listener.status.handled;
  return { version, records, seconds: (Date.now() - began) / 1000 };
}

/** A version that is built from a part of the log would silently take the place of one that saw all of it. */
async function requireWhole(
  db: Database,
  { name, options }: FilledProjection,
): Promise<void> {
  const topic = options.topic.name;
  const group = versionGroup(name, 0);
  const progress = await readProgress(db, topic, group);
  const cut = progress.filter(({ logStartOffset }) => logStartOffset > 0n);
  if (cut.length === 0) return;
  throw new PostamtError(
    'OFFSET_OUT_OF_RANGE',
    `projection ${name} cannot be rebuilt: ${cut.length} partitions of topic ${topic} do not begin at offset 0 any more; set retention.ms to -1 for topics that are rebuilt from, or allow an incomplete one`,
  );
}

/** Makes the new version's table. A rebuild that was begun and not ended is abandoned: it may have run other code. */
async function beginVersion<DB, Name extends string, Key, Value>(
  db: Database,
  projection: Projection<DB, Name, Key, Value>,
): Promise<number> {
  const { name, options } = projection;
  return db.transaction<number, DB>(async (tx) => {
    await lockProjection(tx, name);
    const versions = await readVersions(tx, name);
    for (const { version, state } of versions) {
      if (state !== 'active') await retireVersion(tx, name, version);
    }
    const version = (versions[0]?.version ?? 0) + 1;
    await insertVersion(tx, name, { version, state: 'building' });
    await options.create(tx.db, versionTable(name, version));
    return version;
  });
}

/** Waits until the new version has read what stood in the log when it began. */
async function catchUp(
  db: Database,
  projection: FilledProjection,
  version: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const group = versionGroup(projection.name, version);
  const progress = await readProgress(db, projection.options.topic.name, group);
  const ends = progress
    .filter((p) => p.logEndOffset > p.committed)
    .map((p) => [p.partitionId, p.logEndOffset] as const);
  const targets = new Map(ends);
  while (!(await hasReached(db, group, targets))) {
    signal?.throwIfAborted();
    assertBuilding(
      await readVersions(db, projection.name),
      projection.name,
      version,
    );
    await sleep(LOOK_MS, signal);
  }
}

/** Tries to switch until the new version was not behind within the time that the old one may be held. */
async function switchTo(
  db: Database,
  projection: FilledProjection,
  version: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (;;) {
    signal?.throwIfAborted();
    if (await trySwitch(db, projection.name, version)) return;
    await sleep(SWITCH_PAUSE_MS, signal);
  }
}

/** A lock that does not come (a reader's long transaction, a handler at work) is a "not yet", and waited for shortly. */
async function trySwitch(
  db: Database,
  name: string,
  version: number,
): Promise<boolean> {
  try {
    return await switchInTransaction(db, name, version);
  } catch (error) {
    if (isPostamtError(error, 'TIMED_OUT')) return false;
    throw error;
  }
}

async function switchInTransaction(
  db: Database,
  name: string,
  version: number,
): Promise<boolean> {
  const body = async (tx: EngineTx) => {
    await lockProjection(tx, name);
    const versions = await readVersions(tx, name);
    assertBuilding(versions, name, version);
    const old = activeVersion(versions) as number;
    const held = await freezeGroup(tx, versionGroup(name, old));
    if (!(await reachedInTime(tx, versionGroup(name, version), held)))
      return false;
    await setState(tx, name, { version: old, state: 'retired' });
    await setState(tx, name, { version, state: 'active' });
    await pointView(tx, name, version);
    return true;
  };
  return db.transaction(body, { lockTimeoutMs: SWITCH_LOCK_MS });
}

/** A rebuild that began later retires the version of an earlier one, whose code may be another. */
function assertBuilding(
  versions: readonly ProjectionVersion[],
  name: string,
  version: number,
): void {
  const own = versions.find((v) => v.version === version);
  if (own?.state === 'building') return;
  throw new PostamtError(
    'PROJECTION_CONFLICT',
    `another rebuild of ${name} took the place of version ${version}; nothing was switched`,
  );
}

async function reachedInTime(
  tx: EngineTx,
  group: string,
  targets: GroupOffsets,
): Promise<boolean> {
  const deadline = Date.now() + HOLD_MS;
  while (Date.now() < deadline) {
    if (await hasReached(tx, group, targets)) return true;
    await sleep(LOOK_MS);
  }
  return false;
}

/** Throws away a version that was not switched to, unless another rebuild did so already. */
async function abandon(
  db: Database,
  name: string,
  version: number,
): Promise<void> {
  await db.transaction(async (tx) => {
    await lockProjection(tx, name);
    const versions = await readVersions(tx, name);
    const own = versions.find((v) => v.version === version);
    if (own?.state === 'building') await retireVersion(tx, name, version);
  });
}
