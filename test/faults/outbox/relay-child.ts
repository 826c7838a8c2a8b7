import type { Database } from '#postgres';
import { waitFor } from '#testing';
import { ChildProgram } from '../child-program.js';

/** A session that stands in an open transaction, with locks of its own. */
const INSIDE_MOVE = `state = 'idle in transaction' and exists (
  select from pg_locks where pg_locks.pid = pg_stat_activity.pid and locktype = 'advisory' and granted
)`;

/** A relay in a process of its own. */
export class RelayChild extends ChildProgram {
  constructor(name: string, connectionString: string) {
    const order = { name, connectionString };
    super(name, 'test/faults/outbox/relay-main.ts', order);
  }

  /**
   * Halts it while a move of its own is open, its shards locked, nothing of it written yet; resolves to the process id of
   * the session. It is halted first, and looked at then, until a halt has hit.
   */
  async pauseInsideMove(db: Database): Promise<number> {
    return waitFor(
      `${this.name} to be halted inside a move`,
      async () => {
        this.pause();
        const session = await this.#staysInsideMove(db);
        if (session === undefined) this.resume();
        return session;
      },
      { timeoutMs: 60_000, intervalMs: 1 },
    );
  }

  /** What it had sent when it was halted may be on its way still: it is inside if two looks find it so. */
  async #staysInsideMove(db: Database): Promise<number | undefined> {
    const first = await this.#insideMove(db);
    if (first === undefined) return undefined;
    return (await this.#insideMove(db)) === first ? first : undefined;
  }

  async #insideMove(db: Database): Promise<number | undefined> {
    const { rows } = await db.query(
      `select pid from pg_stat_activity where application_name = $1 and ${INSIDE_MOVE}`,
      [this.name],
    );
    return rows[0]?.pid as number | undefined;
  }
}
