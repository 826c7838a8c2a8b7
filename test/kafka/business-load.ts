import { sleep } from '#kernel';
import { Outbox } from '#outbox';
import type { Database } from '#postgres';
import { defineTopic } from '#schemas';

const WRITERS = 4;
const KEYS_OF_A_WRITER = 8;
const ROLLED_BACK = 0.15;
const PAUSE_MS = 4;

/** Fails a business transaction on purpose. */
class RolledBack extends Error {}

/**
 * Business transactions by several writers, each of which owns some keys, so that the transactions of a key follow one
 * another: each committed one publishes the key's next version. Some are rolled back.
 */
export class BusinessLoad {
  /** How many versions of each key have committed. */
  readonly versions = new Map<string, number>();
  readonly #stopping = new AbortController();
  readonly #writers: Promise<void>;

  private constructor(db: Database, outbox: Outbox, topic: LoadTopic) {
    this.#writers = Promise.all(
      Array.from({ length: WRITERS }, (_, writer) =>
        this.#write(db, outbox, { topic, writer }),
      ),
    ).then(() => {});
  }

  /** Makes the topic in the database and begins to write. */
  static async begin(db: Database, name: string): Promise<BusinessLoad> {
    const topic = loadTopic(name);
    return new BusinessLoad(db, await Outbox.open(db, [topic]), topic);
  }

  /** Ends after the transactions that are under way. Returns how many events have committed. */
  async end(): Promise<number> {
    this.#stopping.abort();
    await this.#writers;
    return [...this.versions.values()].reduce((sum, n) => sum + n, 0);
  }

  async #write(
    db: Database,
    outbox: Outbox,
    { topic, writer }: { topic: LoadTopic; writer: number },
  ): Promise<void> {
    for (let turn = 0; !this.#stopping.signal.aborted; turn += 1) {
      const key = `${writer}-${turn % KEYS_OF_A_WRITER}`;
      const version = (this.versions.get(key) ?? 0) + 1;
      const fails = Math.random() < ROLLED_BACK;
      try {
        await db.transaction(async (tx) => {
          const headers = { version: String(version) };
          const value = { n: version };
          await outbox.publish(tx, topic, { key, value, headers });
          if (fails) throw new RolledBack();
        });
        this.versions.set(key, version);
      } catch (error) {
        if (!(error instanceof RolledBack)) throw error;
      }
      await sleep(PAUSE_MS);
    }
  }
}

type LoadTopic = ReturnType<typeof loadTopic>;

function loadTopic(name: string) {
  return defineTopic(name, {
    value: {
      type: 'record',
      name: 'Version',
      fields: [{ name: 'n', type: 'int' }],
    },
  });
}

/** Resolves when every committed event is published. */
export async function drained(db: Database): Promise<boolean> {
  const { rows } = await db.query(
    `select count(*)::int as waiting from ${db.schema}.outbox where status <> 'PUBLISHED'`,
  );
  return rows[0]?.waiting === 0;
}
