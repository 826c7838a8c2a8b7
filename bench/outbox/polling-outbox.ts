import { randomUUID } from 'node:crypto';
import type { Client } from 'pg';
import {
  DatabaseSetup,
  getDisabledLogger,
  initializeMessageStorage,
  initializePollingMessageListener,
  type PollingListenerConfig,
} from 'pg-transactional-outbox';
import { sleep } from '#kernel';
import { eventOf } from './events.ts';

/** The fastest here of batches of 5 to 2,000 over 4 to 20 connections. */
const BATCH = 500;
const CONNECTIONS = 20;

const NAMES = {
  outboxOrInbox: 'outbox',
  database: 'bench',
  schema: 'public',
  table: 'outbox',
  listenerRole: 'postgres',
  nextMessagesName: 'next_outbox_messages',
} as const;

/** `pg-transactional-outbox` with its polling listener: table, function and indexes as its own setup makes them. */
export class PollingOutbox {
  readonly #client: Client;
  readonly #config: PollingListenerConfig;

  constructor(client: Client, connectionString: string) {
    this.#client = client;
    // A pool is made of it, with the pool's own options.
    const handlers = { connectionString, max: CONNECTIONS };
    this.#config = {
      outboxOrInbox: 'outbox',
      dbListenerConfig: { connectionString },
      dbHandlerConfig: handlers,
      // What its README sets for an outbox; the interval is for a table that has nothing.
      settings: {
        dbSchema: NAMES.schema,
        dbTable: NAMES.table,
        enableMaxAttemptsProtection: false,
        enablePoisonousMessageProtection: false,
        nextMessagesFunctionName: NAMES.nextMessagesName,
        nextMessagesBatchSize: BATCH,
        nextMessagesPollingIntervalInMs: 250,
        messageCleanupIntervalInMs: 0,
      },
    };
  }

  /** Makes the table anew and stores `count` messages in it. */
  async fill(count: number): Promise<void> {
    await this.#client.query(DatabaseSetup.dropAndCreateTable(NAMES));
    await this.#client.query(DatabaseSetup.createPollingFunction(NAMES));
    await this.#client.query(DatabaseSetup.setupPollingIndexes(NAMES));
    const store = initializeMessageStorage(this.#config, getDisabledLogger());
    await this.#client.query('begin');
    for (let n = 0; n < count; n += 1) {
      const { key, value } = eventOf(n);
      const message = {
        id: randomUUID(),
        aggregateType: 'event',
        aggregateId: key,
        messageType: 'event',
        payload: value,
        createdAt: new Date().toISOString(),
        // Without an order: the faster of its two ways.
        concurrency: 'parallel' as const,
      };
      await store(message, this.#client);
    }
    await this.#client.query('commit');
    await this.#client.query('vacuum (analyze) outbox');
    await this.#client.query('checkpoint');
  }

  /** How many seconds the listener takes to hand `count` messages to a handler that does nothing with them. */
  async drain(count: number): Promise<number> {
    const all = Promise.withResolvers<void>();
    let handled = 0;
    const handler = {
      handle: async () => {
        handled += 1;
        if (handled === count) all.resolve();
      },
    };
    const began = performance.now();
    const [stop] = initializePollingMessageListener(
      this.#config,
      handler,
      getDisabledLogger(),
      { batchSizeStrategy: nextBatchSize },
    );
    await all.promise;
    const seconds = (performance.now() - began) / 1000;
    await stop();
    return seconds;
  }
}

/** Asks for messages once half of them are done; by default it asks for one whenever one is done, and is slower by far. */
async function nextBatchSize(underWay: number): Promise<number> {
  if (underWay <= BATCH / 2) return BATCH;
  await sleep(1);
  return 0;
}
