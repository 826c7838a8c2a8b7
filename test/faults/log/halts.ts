import type { Database } from '#postgres';
import { waitFor } from '#testing';

/**
 * Where an append can be made to stand: behind its INSERT, with the partition's lock held, or inside COMMIT, before the
 * commit record.
 */
export const HALTS = { append: 7_301, commit: 7_302 } as const;
export type Halt = keyof typeof HALTS;

/** Puts the halts into a leaf: triggers that wait for a lock which nobody holds but {@link whileHalted}. */
export async function installHalts(db: Database, leaf: string): Promise<void> {
  const on = `after insert on ${db.schema}.${leaf}`;
  await db.query(
    `create or replace function public.halt() returns trigger language plpgsql as $$
    begin perform pg_advisory_xact_lock_shared(tg_argv[0]::bigint); return null; end $$`,
  );
  await db.query(
    `create trigger halt_append ${on} for each row execute function public.halt(${HALTS.append})`,
  );
  await db.query(
    `create constraint trigger halt_commit ${on} deferrable initially deferred
    for each row execute function public.halt(${HALTS.commit})`,
  );
}

/** The sessions that stand at a halt. */
export async function standingAt(db: Database, halt: Halt): Promise<number[]> {
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
  halt: Halt,
  act: (pids: readonly number[]) => Promise<void>,
): Promise<void> {
  let done = false;
  const holding = db.transaction(
    async (holder) => {
      await holder.query(`select pg_advisory_xact_lock(${HALTS[halt]})`);
      const pids = await waitFor(`an appender at ${halt}`, async () => {
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
