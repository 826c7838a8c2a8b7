import { bind, type Tx } from '#postgres';
import { SINK_LOCK } from '../shard.js';
import { tryShards } from '../sql/try-shards.js';
import { excuseAttempts } from './attempts.js';
import type { Mover } from './mover.js';
import { READ, type MoveLimits } from './move-limits.js';
import { openingOf, openMove } from './open-move.js';
import { Parked } from './parked-source.js';
import type { Source } from './source.js';
import { writeMove } from './write-move.js';

export interface Moved {
  /** Events that are in their topics now. */
  readonly events: number;
  /** Events that wait behind a failure since this move. */
  readonly held: number;
  /** Shards whose lock another relay held. */
  readonly busy: readonly number[];
  /** Shards that are to be looked at again at once. */
  readonly more: readonly number[];
  /** Shards in which rows of another server were found: there may be more. */
  readonly foreign: readonly number[];
  /** Where the events came from. */
  readonly source: Source['name'] | undefined;
  /** When something that waits is due, in milliseconds from now. */
  readonly due: readonly { readonly shard: number; readonly inMs: number }[];
}

/**
 * Moves what is pending in those of `shards` whose lock is free: events, cursors and COMMIT in one transaction, so that
 * every committed event is in its topic exactly once, whatever dies and when.
 *
 * @throws PostamtError as the append or the sink does; nothing was moved then. After OUTCOME_UNKNOWN the next move reads
 * the cursor and knows.
 */
export async function moveShards(
  mover: Mover,
  shards: readonly number[],
  limits: MoveLimits = READ,
  foreign: ReadonlySet<number> = new Set(),
): Promise<Moved> {
  let trying: Source | undefined;
  const moving = mover.db.transaction(
    async (tx) => {
      if (mover.sink && !(await holdsSink(tx))) return allBusy(shards);
      const found = await openMove(tx, shards, limits, foreign);
      trying = found.source;
      const written = await writeMove(tx, mover, found);
      const strange = found.source?.name === 'foreign' ? found.cursors : [];
      return {
        events: written.shipped,
        held: written.held,
        busy: shards.filter((shard) => !found.shards.includes(shard)),
        more: written.again,
        source: found.source?.name,
        foreign: strange.map(({ cursor }) => cursor.shard),
        due: found.cursors.flatMap(({ cursor, nowMs }) =>
          cursor.nextDue === undefined
            ? []
            : [{ shard: cursor.shard, inMs: cursor.nextDue - nowMs }],
        ),
      };
    },
    { writer: true, opening: (keys) => openingOf(keys, shards) },
  );
  return moving.catch(async (error: unknown) => {
    if (trying instanceof Parked)
      await excuseAttempts(mover, trying, error).catch(() => {});
    throw error;
  });
}

async function holdsSink(tx: Tx): Promise<boolean> {
  const keys = tx.lockKeys('outboxShard', [SINK_LOCK]);
  const [tried = []] = await tx.send([bind(tryShards, [[SINK_LOCK], keys])]);
  return tried.length > 0;
}

function allBusy(shards: readonly number[]): Moved {
  const nothing = { more: [], foreign: [], due: [], source: undefined };
  return { events: 0, held: 0, busy: shards, ...nothing };
}
