import { isPostamtError, PostamtError } from '#kernel';
import { appendStatement, lockPartitions, type PlannedAppend } from '#log';
import type { Topic } from '#log';
import { defineStatement, bind, sqlStateOf, type Database } from '#postgres';
import { partitionForKey } from '#records';
import { buildBatches } from './build-batches.js';
import type { Mover } from './mover.js';
import type { PendingEvent } from './pending-event.js';
import { refusal } from './refusal.js';

type Broken = ReadonlyMap<number, PostamtError>;

/** Ends a transaction in which something was tried. */
class Tried extends Error {}

/** Raised by a rule of somebody's: a trigger, a constraint, a check. */
const RULES = /^(P0|22|23|27|44)/;
/** The server's or another transaction's affair, and no partition's: it passes, or befalls everybody. */
const NOBODYS_FAULT = /^(08|25|40|53|54|55|57|58)/;

/** What would have been found at COMMIT is found at once. */
const checkAtOnce = defineStatement({
  name: 'check_constraints_at_once',
  text: () => 'set constraints all immediate',
});

/**
 * Finds out, after an error that the engine has no word for (a trigger, a constraint, a right that is missing), which
 * partitions refuse what is appended to them: each is tried alone, and rolled back. Empty where none does, or where all
 * do and nobody's rule says so: then it is no partition's fault.
 */
export async function findBroken(
  db: Database,
  appends: readonly PlannedAppend[],
): Promise<Broken> {
  const broken = new Map<number, PostamtError>();
  const partitions = new Set(appends.map(({ partition }) => partition.id));
  for (const append of appends) {
    const { id } = append.partition;
    const error = broken.has(id) ? undefined : await tryAppend(db, append);
    if (error) broken.set(id, error);
  }
  const isTheirs =
    broken.size < partitions.size ||
    [...broken.values()].every(({ cause }) =>
      RULES.test(sqlStateOf(cause) ?? ''),
    );
  return isTheirs ? broken : new Map();
}

/** Which partitions of these events refuse them; one event is tried for each, alone, and rolled back. */
export async function findBrokenFor(
  { db, schemas }: Mover,
  events: readonly PendingEvent[],
  topics: ReadonlyMap<number, Topic>,
): Promise<Broken> {
  const broken = new Map<number, PostamtError>();
  const sound = new Set<number>();
  await schemas?.learn(events, topics);
  for (const event of events) {
    const topic = topics.get(event.topicNumber);
    if (!topic || refusal(event, topic) || schemas?.fault(event, topic))
      continue;
    for (const index of indexesFor(event, topic)) {
      const id = topic.partitions[index]?.id ?? -1;
      if (!sound.has(id) && !broken.has(id)) {
        const [batch] = buildBatches([event], topics, index);
        const error = batch && (await tryAppend(db, batch.append));
        if (error) broken.set(id, error);
        else sound.add(id);
      }
      if (sound.has(id)) break;
    }
  }
  return broken;
}

/** Where an event may go: without a key, anywhere. */
function indexesFor({ key }: PendingEvent, { partitions }: Topic): number[] {
  if (key !== null) return [partitionForKey(key, partitions.length)];
  return partitions.map(({ index }) => index);
}

async function tryAppend(
  db: Database,
  append: PlannedAppend,
): Promise<PostamtError | undefined> {
  try {
    // Not on a connection for writing: moves that wait for this may hold all of them.
    await db.transaction(async (tx) => {
      const { timeline } = tx;
      await tx.send([
        lockPartitions(tx, [append]),
        appendStatement(append, { timeline }),
        bind(checkAtOnce, []),
      ]);
      throw new Tried();
    });
  } catch (error) {
    if (error instanceof Tried || isPostamtError(error)) return undefined;
    const state = sqlStateOf(error);
    if (state === undefined) throw error;
    if (NOBODYS_FAULT.test(state)) return undefined;
    return new PostamtError(
      'POLICY_VIOLATION',
      `${append.topic.name}-${append.partition.index} refuses what is appended: ${(error as Error).message}`,
      { cause: error },
    );
  }
  return undefined;
}
