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
import { Pool } from 'pg';
import type { RecordContext } from '#client';
import { Producer } from '#client';
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

const database = useDatabase({ beforeAll, afterEach, afterAll });

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
    const handled = () =>
      status.listeners.reduce((sum, each) => sum + each.handled, 0);
    await waitFor('all', () => handled() === 50);
    expect(status.relay).toMatchObject({ state: 'running', moved: 50 });
    expect(status.listeners).toHaveLength(3);
    expect(status.listeners[1]).toMatchObject({
      topic: topic.name,
      group: 'board',
      handler: 'Board.onCounted',
      member: 1,
    });
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
});
