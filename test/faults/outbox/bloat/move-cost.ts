import { Catalogue } from '#log';
import { moveShards, Outbox, shardOf } from '#outbox';
import type { Database } from '#postgres';
import { changes } from '../desk/topics.js';

const KEYS = ['a', 'b', 'c', 'd'] as const;
const SHARDS = KEYS.map((key) => shardOf(Buffer.from(key), ''));

/** Publishes a few events in each transaction and moves them, one move after the other. */
export class MovingOutbox {
  readonly #db: Database;
  readonly #outbox: Outbox;
  readonly #catalogue: Catalogue;

  private constructor(db: Database, outbox: Outbox) {
    this.#db = db;
    this.#outbox = outbox;
    this.#catalogue = new Catalogue(db);
  }

  static async open(db: Database): Promise<MovingOutbox> {
    return new MovingOutbox(db, await Outbox.open(db, [changes]));
  }

  async move(moves: number): Promise<void> {
    const mover = {
      db: this.#db,
      catalogue: this.#catalogue,
      relay: 'measured',
    };
    for (let n = 0; n < moves; n += 1) {
      await this.#db.transaction((tx) => this.#publish(tx));
      await moveShards(mover, SHARDS);
    }
  }

  /** Publishes and rolls back; returns how many rows that leaves. */
  async abort(): Promise<number> {
    const given = new Error('given up');
    try {
      await this.#db.transaction(async (tx) => {
        await this.#publish(tx);
        throw given;
      });
    } catch (error) {
      if (error !== given) throw error;
    }
    return KEYS.length;
  }

  /** How many buffers a move touches, found in memory or not, over so many of them. */
  async buffersPerMove(moves: number): Promise<number> {
    await this.#db.query('select pg_stat_statements_reset()');
    await this.move(moves);
    const { rows } = await this.#db.query(
      `select coalesce(sum(shared_blks_hit + shared_blks_read), 0)::float8 as buffers
      from pg_stat_statements
      where dbid = (select oid from pg_database where datname = current_database())
        and query not like '%insert into ${this.#db.schema}.outbox_events%' and query not like '%pg_stat%'`,
    );
    return (rows[0]?.buffers as number) / moves;
  }

  async #publish(tx: Parameters<Outbox['publish']>[0]): Promise<void> {
    await this.#outbox.publish(
      tx,
      changes,
      KEYS.map((key) => ({ key, value: { version: 1, transaction: 't' } })),
    );
  }
}
