import { defineStatement, type Database, type Tx } from '#postgres';

/** What is done between two looks at the lock has to fit into this: the longest is a vacuum of one leaf. */
const IDLE_TIMEOUT_MS = 30 * 60_000;

const tryMaintenanceLock = defineStatement<
  [key: bigint],
  { readonly isHeld: boolean }
>({
  name: 'try_maintenance_lock',
  text: () => 'select pg_try_advisory_xact_lock($1) as is_held',
  mapRow: (row) => ({ isHeld: row.is_held as boolean }),
});

/** The maintenance lock of a topic, while it is held. */
export class TopicLock {
  readonly #tx: Tx;

  constructor(tx: Tx) {
    this.#tx = tx;
  }

  /**
   * Makes sure that the lock is held still. What is done next may nevertheless come after its loss, so that each change
   * of the catalogue looks at what it changes once more.
   *
   * @throws PostamtError POSTGRES_UNAVAILABLE when its session has ended
   */
  async check(): Promise<void> {
    await this.#tx.query('select 1');
  }
}

/**
 * Does something with a topic's segments that one process at a time may do. The lock belongs to a transaction of its own,
 * which stands idle meanwhile: it has no snapshot and no transaction id, so that it holds up nobody, vacuum included.
 *
 * @returns what `body` returns, or undefined where another process holds the lock
 */
export async function withTopicLock<Result>(
  db: Database,
  topicNumber: number,
  body: (lock: TopicLock) => Promise<Result>,
): Promise<Result | undefined> {
  return db.transaction(
    async (tx) => {
      const [key] = tx.lockKeys('maintenance', [topicNumber]);
      const [tried] = await tx.run(tryMaintenanceLock, [key as bigint]);
      return tried?.isHeld ? body(new TopicLock(tx)) : undefined;
    },
    { idleTimeoutMs: IDLE_TIMEOUT_MS },
  );
}
