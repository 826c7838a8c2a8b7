import { Injectable, Module } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { Ctx, Payload } from '@nestjs/microservices';
import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import type { Transaction } from 'kysely';
import { Pool } from 'pg';
import type { RecordContext } from '#client';
import { Producer } from '#client';
import { projection } from '#event-sourcing';
import { Outbox } from '#outbox';
import { Database } from '#postgres';
import { useDatabase, waitFor } from '#testing';
import {
  newTopic,
  numbered,
  publish,
  startApp,
  upTo,
  type Counted,
  type Tables,
} from '../fixtures/counted.js';
import { PostamtStatus } from '../runtime/postamt-status.js';
import { Subscribe } from '../subscribe/subscribe.decorator.js';
import { PostamtModule } from './postamt.module.js';
import type { PostamtOptionsFactory } from './postamt-module-options.js';
import { POSTAMT_CONNECTION } from './tokens.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describe('PostamtModule', () => {
  beforeAll(async () => {
    const db = database.open();
    await db.query('create table effects (name text not null, n int not null)');
  });

  it('relays what a provider publishes to a handler, whose effects are committed with the offset', async () => {
    const topic = newTopic();
    @Injectable()
    class Board {
      failed = false;
      @Subscribe(topic, { group: 'board', concurrency: 3 })
      async onCounted(
        @Payload() { n, name }: Counted,
        @Ctx() record: RecordContext<Tables, string>,
      ) {
        await record.tx.insertInto('effects').values({ n, name }).execute();
        if (n !== 7 || this.failed) return;
        this.failed = true;
        throw new Error('not yet');
      }
    }
    const app = await startApp({
      imports: [
        PostamtModule.forRoot({
          connectionString: database.connectionString,
          topics: [topic],
        }),
      ],
      providers: [Board],
    });
    await publish(app, topic, numbered(50));
    const status = app.get(PostamtStatus);
    await waitFor('all', () => status.listeners[0]?.handled === 50);
    expect(status.relay).toMatchObject({ state: 'running', moved: 50 });
    expect(status.listeners).toMatchObject([
      {
        topic: topic.name,
        group: 'board',
        handler: 'Board.onCounted',
        partitions: [0, 1, 2],
      },
    ]);
    const { rows } = await app
      .get(Database)
      .query('select n from effects order by n');
    await app.close();
    expect(rows.map(({ n }) => n)).toEqual(upTo(50));
    expect(status.listeners[0]?.state).toBe('stopped');
  });

  it('opens pools of its own from a pg pool, and leaves that one alone', async () => {
    const url = new URL(database.connectionString);
    const pool = new Pool({
      host: url.hostname,
      port: Number(url.port),
      user: url.username,
      password: decodeURIComponent(url.password),
      database: url.pathname.slice(1),
    });
    const app = await startApp({
      imports: [PostamtModule.forRoot({ pool, topics: [newTopic()] })],
    });
    expect(app.get(Database)).toBeInstanceOf(Database);
    expect(pool.totalCount).toBe(0);
    await app.close();
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    await pool.end();
  });

  it('takes its options from @nestjs/config, and topics beside them', async () => {
    const topic = newTopic();
    const app = await startApp({
      imports: [
        PostamtModule.forRootAsync({
          imports: [
            ConfigModule.forRoot({
              ignoreEnvFile: true,
              load: [() => ({ url: database.connectionString })],
            }),
          ],
          inject: [ConfigService],
          useFactory: (config: ConfigService) => ({
            connectionString: config.getOrThrow<string>('url'),
            relay: false,
          }),
          topics: [topic],
        }),
      ],
    });
    const [written] = await app
      .get(Producer)
      .send(topic, { key: 'a', value: { n: 1 } });
    expect(written).toMatchObject({ topic: topic.name, offset: 0n });
    expect(app.get(PostamtStatus).relay).toBeUndefined();
    await app.close();
  });

  it('brings the topics of all modules to one outbox', async () => {
    const [first, second] = [newTopic(), newTopic()];
    const seen: string[] = [];
    @Injectable()
    class Writer {
      constructor(readonly outbox: Outbox) {}
    }
    @Injectable()
    class FirstReader {
      @Subscribe(first, { group: 'g' })
      on({ n }: Counted) {
        seen.push(`first ${n}`);
      }
    }
    @Injectable()
    class SecondReader {
      @Subscribe(second, { group: 'g' })
      on({ n }: Counted) {
        seen.push(`second ${n}`);
      }
    }
    @Module({
      imports: [PostamtModule.forFeature({ topics: [first] })],
      providers: [FirstReader, Writer],
    })
    class FirstModule {}
    @Module({
      imports: [PostamtModule.forFeature({ topics: [second, first] })],
      providers: [SecondReader],
    })
    class SecondModule {}
    const app = await startApp({
      imports: [
        FirstModule,
        SecondModule,
        PostamtModule.forRoot({ connectionString: database.connectionString }),
      ],
    });
    expect(app.get(Writer).outbox).toBe(app.get(Outbox));
    await publish(app, first, [{ key: 'a', value: { n: 1 } }]);
    await publish(app, second, [{ key: 'a', value: { n: 2 } }]);
    await waitFor('both', () => seen.length === 2);
    await app.close();
    expect(seen.sort()).toEqual(['first 1', 'second 2']);
  });

  it('fills the projections of a feature, by as many partitions at once as it says', async () => {
    const topic = newTopic();
    const counts = projection({
      name: 'counts',
      topic,
      create: (tx: Transaction<{ counts: { n: number } }>, table) =>
        tx.schema.createTable(table).addColumn('n', 'integer').execute(),
      apply: (value, { tx }: RecordContext<{ counts: { n: number } }>, table) =>
        tx
          .insertInto(table)
          .values({ n: value?.n ?? -1 })
          .execute(),
    });
    const { connectionString } = database;
    const projections = [{ projection: counts, concurrency: 3 }];
    const app = await startApp({
      imports: [
        PostamtModule.forRoot({ connectionString }),
        PostamtModule.forFeature({ topics: [topic], projections }),
      ],
    });
    await publish(app, topic, numbered(20));
    const db = app.get(Database);
    await waitFor('all', async () => {
      const { rows } = await db.query('select count(*)::int as n from counts');
      return rows[0]?.n === 20;
    });
    await app.close();
    await expect(
      startApp({
        imports: [
          PostamtModule.forRoot({ connectionString }),
          PostamtModule.forFeature({ projections }),
        ],
      }),
    ).rejects.toMatchObject({
      code: 'INVALID_WIRING',
      message: expect.stringContaining('projection counts follows topic'),
    });
    expect(() =>
      PostamtModule.forFeature({ topic: [topic] } as object),
    ).toThrow('PostamtModule.forFeature has no option "topic"');
  });

  it.each(['useClass', 'useExisting'] as const)(
    'takes its options from a class by %s',
    async (way) => {
      @Injectable()
      class Options implements PostamtOptionsFactory {
        createPostamtOptions() {
          return { connectionString: database.connectionString };
        }
      }
      @Module({ providers: [Options], exports: [Options] })
      class OptionsModule {}
      const root = PostamtModule.forRootAsync({
        imports: [OptionsModule],
        [way]: Options,
      });
      const app = await startApp({ imports: [root] });
      expect(app.get(PostamtStatus).relay?.state).toBe('running');
      await app.close();
    },
  );

  it('publishes only where listeners and relay are off, and checks the schema only where migrate is false', async () => {
    const topic = newTopic();
    let handled = 0;
    @Injectable()
    class Board {
      @Subscribe(topic, { group: 'g' })
      onChange() {
        handled += 1;
      }
    }
    const { connectionString } = database;
    const off = { listeners: false, relay: false, migrate: false };
    const at = { connectionString, topics: [topic] };
    const app = await startApp({
      imports: [PostamtModule.forRoot({ ...at, ...off })],
      providers: [Board],
    });
    await app.get(Producer).send(topic, { value: { n: 1 } });
    const { listeners, relay } = app.get(PostamtStatus);
    expect([listeners, relay, handled]).toEqual([[], undefined, 0]);
    await app.close();
    const absent = { ...at, schema: 'absent', migrate: false };
    await expect(
      startApp({ imports: [PostamtModule.forRoot(absent)] }),
    ).rejects.toMatchObject({ code: 'SCHEMA_TOO_OLD' });
    const made = { ...at, schema: 'made' };
    const second = await startApp({ imports: [PostamtModule.forRoot(made)] });
    expect(second.get(Database).schema).toBe('made');
    await second.close();
  });
});

describe('PostamtModule with an embedded server', () => {
  it('starts it with the application, tells the way to it, and stops it in the end', async () => {
    const topic = newTopic();
    const app = await startApp({
      imports: [
        PostamtModule.forRoot({
          embedded: { settings: { fsync: 'off' } },
          topics: [topic],
        }),
      ],
    });
    const connectionString = app.get<string>(POSTAMT_CONNECTION);
    const pool = new Pool({ connectionString });
    const { rows } = await pool.query(
      'select name from postamt.topics where name = $1',
      [topic.name],
    );
    expect(rows).toEqual([{ name: topic.name }]);
    await pool.end();
    await app.close();
    const after = new Pool({ connectionString });
    await expect(after.query('select 1')).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
    await after.end();
  });

  it('stops it when the application cannot start', async () => {
    const port = await freePort();
    const embedded = { port, settings: { fsync: 'off' } };
    const options = { embedded, schema: 'no!' };
    await expect(
      startApp({ imports: [PostamtModule.forRoot(options)] }),
    ).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
    const after = new Pool({ host: '127.0.0.1', port });
    await expect(after.query('select 1')).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
    await after.end();
  });
});
