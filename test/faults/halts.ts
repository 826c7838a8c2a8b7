import type { Database } from '#postgres';
import { waitFor } from '#testing';

/**
 * Where a transaction that writes to a table can be made to stand: behind its INSERT (open, with the locks held that it
 * took before), or inside COMMIT, before the commit record. A turn of a group stands behind its UPDATE of partitions.
 */
export const HALTS = { open: 7_301, commit: 7_302, turn: 7_303 } as const;
export type AnyHalt = keyof typeof HALTS;
/** Those of any table. */
export type Halt = Exclude<AnyHalt, 'turn'>;

/** Puts the halts into a table: triggers that wait for a lock which nobody holds but {@link whileHalted}. */
export async function installHalts(db: Database, table: string): Promise<void> {
  const on = `after insert on ${db.schema}.${table}`;
  await createHalt(db);
  await db.query(
    `create trigger halt_open ${on} for each row execute function public.halt(${HALTS.open})`,
  );
  await db.query(
    `create constraint trigger halt_commit ${on} deferrable initially deferred
    for each row execute function public.halt(${HALTS.commit})`,
  );
}

/** Puts the halt into the table that turns of groups write to. */
export async function installTurnHalt(db: Database): Promise<void> {
  await createHalt(db);
  await db.query(
    `create trigger halt_turn after update on ${db.schema}.group_partitions
    for each statement execute function public.halt(${HALTS.turn})`,
  );
}

async function createHalt(db: Database): Promise<void> {
  await db.query(
    `create or replace function public.halt() returns trigger language plpgsql as $$
    begin perform pg_advisory_xact_lock_shared(tg_argv[0]::bigint); return null; end $$`,
  );
}

/** The sessions that stand at a halt. */
export async function standingAt(
  db: Database,
  halt: AnyHalt,
): Promise<number[]> {
  const { rows } = await db.query(
    `select pid from pg_locks
    where locktype = 'advisory' and classid = 0 and objid = $1 and objsubid = 1 and not granted`,
    [HALTS[halt]],
  );
  return rows.map(({ pid }) => pid as number);
}

/**
 * Closes a halt, waits until somebody stands at it, and does `act` with their process ids; then opens it again, unless
 * the server is gone by then.
 */
export async function whileHalted(
  db: Database,
  halt: AnyHalt,
  act: (pids: readonly number[]) => Promise<void>,
): Promise<void> {
  let done = false;
  const holding = db.transaction(
    async (holder) => {
      await holder.query(`select pg_advisory_xact_lock(${HALTS[halt]})`);
      const pids = await waitFor(`a session at the halt ${halt}`, async () => {
        const standing = await standingAt(db, halt);
        return standing.length > 0 && standing;
      });
      await act(pids);
      done = true;
    },
    { idleTimeoutMs: 0 },
  );
  await holding.catch((error: unknown) => {
    // The holder's session ends with the server that `act` killed.
    if (!done) throw error;
  });
}
