import { bind, type BoundStatement, type Database } from '#postgres';
import { beginDelivery, endDelivery, lastDelivery } from '../sql/deliveries.js';
import type { DeliveryJournal, LastDelivery } from './sink.js';

/** The journal of deliveries in `outbox_deliveries`, for one move. */
export class PostgresJournal implements DeliveryJournal {
  readonly #db: Database;
  #begun: bigint | undefined;

  constructor(db: Database) {
    this.#db = db;
  }

  async last(): Promise<LastDelivery | undefined> {
    const [last] = await this.#db.run(lastDelivery, []);
    return last;
  }

  async begin(ids: readonly bigint[]): Promise<bigint> {
    // Not through `run`, which waits for standbys while the move's locks are held.
    const [number] = await this.#db.transaction((tx) =>
      tx.run(beginDelivery, [ids]),
    );
    this.#begun = number as bigint;
    return this.#begun;
  }

  /** What the move's transaction writes when the delivery that was begun is to count as done. */
  end(): BoundStatement[] {
    return this.#begun === undefined ? [] : [bind(endDelivery, [this.#begun])];
  }
}
