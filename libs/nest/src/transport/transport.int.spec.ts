import { Controller, Inject, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  type ClientProxy,
  ClientsModule,
  Ctx,
  EventPattern,
  MessagePattern,
  Payload,
} from '@nestjs/microservices';
import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { lastValueFrom, of, throwError } from 'rxjs';
import type { RecordContext } from '#client';
import { Database } from '#postgres';
import { useDatabase, waitFor } from '#testing';
import {
  newTopic,
  startApp,
  type Counted,
  type Tables,
} from '../fixtures/counted.js';
import { PostamtModule } from '../module/postamt.module.js';
import { PostamtClient } from './postamt.client.js';
import { PostamtServer } from './postamt.server.js';
import type { PostamtServerOptions } from './postamt-server-options.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });
type CountedTopic = ReturnType<typeof newTopic>;

async function startServer(
  module: object,
  options: Partial<PostamtServerOptions> & { topics: CountedTopic[] },
) {
  const { connectionString } = database;
  const strategy = new PostamtServer({
    connectionString,
    group: 'board',
    pollIntervalMs: 100,
    ...options,
  });
  const app = await NestFactory.createMicroservice(module, {
    strategy,
    logger: false,
    abortOnError: false,
  });
  try {
    await app.listen();
    return app;
  } catch (error) {
    await app.close();
    throw error;
  }
}

/** Emits through a client of its own. */
async function emit(topic: CountedTopic, data: unknown): Promise<unknown> {
  const { connectionString } = database;
  const client = new PostamtClient({ connectionString, topics: [topic] });
  try {
    return await lastValueFrom(client.emit(topic.name, data));
  } finally {
    await client.close();
  }
}

function controller(topic: CountedTopic, handle: (n: number) => unknown) {
  @Controller()
  class Board {
    @EventPattern(topic.name as 'counted')
    onChange(@Payload('n') n: number) {
      return handle(n);
    }
  }
  return { module: Board, controllers: [Board] };
}

describe('the transport', () => {
  beforeAll(async () => {
    const db = database.open();
    await db.query('create table effects (name text not null, n int not null)');
  });

  it('brings what a ClientProxy emits to @EventPattern, effects and offset committed together', async () => {
    const topic = newTopic();
    let failed = false;
    @Controller()
    class Board {
      // As an array, since Nest's type for one name has a context of unknown.
      @EventPattern([topic.name])
      async onChange(
        @Payload() { n }: Counted,
        @Ctx() { tx, key, headers }: RecordContext<Tables, string>,
      ) {
        const name = `${key} ${String(headers[0]?.value)}`;
        await tx.insertInto('effects').values({ n, name }).execute();
        if (failed) return;
        failed = true;
        throw new Error('not yet');
      }
    }
    @Injectable()
    class Desk {
      constructor(@Inject('DESK') readonly client: ClientProxy) {}
    }
    const { connectionString } = database;
    const options = { connectionString, topics: [topic] };
    const clients = ClientsModule.register([
      { name: 'DESK', customClass: PostamtClient, options },
    ]);
    @Module({ imports: [clients], controllers: [Board], providers: [Desk] })
    class AppModule {}
    const app = await startServer(AppModule, { topics: [topic] });
    const { client } = app.get(Desk);
    const record = { key: 'a', value: { n: 1 }, headers: { h: 'x' } };
    const written = await lastValueFrom(client.emit(topic.name, record));
    expect(written).toMatchObject([{ topic: topic.name, offset: 0n }]);
    const db = database.open();
    const effects = await waitFor('the effect', async () => {
      const { rows } = await db.query('select * from effects');
      return rows.length > 0 && rows;
    });
    expect(effects).toEqual([{ n: 1, name: 'a x' }]);
    expect(failed).toBe(true);
    await app.close();
  });

  it('handles a record again whose handler throws or returns an Observable that fails', async () => {
    const topic = newTopic(1);
    const seen: number[] = [];
    const outcomes = [
      () => Promise.reject(new Error('a promise')),
      () => throwError(() => new Error('an observable')),
      () => of('fine'),
    ];
    const handle = (n: number) => outcomes[seen.push(n) - 1]?.();
    const app = await startServer(controller(topic, handle), {
      topics: [topic],
    });
    await emit(topic, { key: 'a', value: { n: 1 } });
    await emit(topic, { key: 'a', value: { n: 2 } });
    await waitFor('the second', () => seen.includes(2));
    await app.close();
    expect(seen).toEqual([1, 1, 1, 2]);
  });

  it('lets the handler that is under way finish at close, and goes on behind it', async () => {
    const topic = newTopic(1);
    const entered: number[] = [];
    const released = Promise.withResolvers<void>();
    const slow = async (n: number) => {
      entered.push(n);
      await released.promise;
    };
    const first = await startServer(controller(topic, slow), {
      topics: [topic],
      maxPollRecords: 1,
    });
    await emit(topic, { key: 'a', value: { n: 1 } });
    await emit(topic, { key: 'a', value: { n: 2 } });
    await waitFor('the handler', () => entered.length === 1);
    const closing = first.close();
    released.resolve();
    await closing;
    const next: number[] = [];
    const second = await startServer(
      controller(topic, (n) => void next.push(n)),
      { topics: [topic] },
    );
    await waitFor('the rest', () => next.length > 0);
    await second.close();
    expect([entered, next]).toEqual([[1], [2]]);
  });

  it('works over the database of PostamtModule, with Nest’s own dispatch of it', async () => {
    const topic = newTopic();
    const seen: number[] = [];
    const { connectionString } = database;
    const root = PostamtModule.forRoot({ connectionString, topics: [topic] });
    const app = await startApp({ imports: [root] });
    const db = app.get(Database);
    const server = await startServer(
      controller(topic, (n) => void seen.push(n)),
      { connectionString: undefined, database: db, topics: [topic] },
    );
    const client = new PostamtClient({ database: db, topics: [topic] });
    await lastValueFrom(client.emit(topic.name, { value: { n: 5 } }));
    await waitFor('the record', () => seen.length === 1);
    await client.close();
    await server.close();
    expect((await db.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    await app.close();
  });

  it('refuses @MessagePattern, an unknown topic, two handlers and an unknown option, naming them', async () => {
    const topic = newTopic();
    @Controller()
    class Asking {
      @MessagePattern('ask')
      ask() {}
    }
    const asking = { module: Asking, controllers: [Asking] };
    const known = { topics: [topic] };
    await expect(startServer(asking, known)).rejects.toMatchObject({
      code: 'NOT_SUPPORTED',
      message: expect.stringContaining('@MessagePattern("ask")'),
    });
    const other = controller(newTopic(), () => {});
    await expect(startServer(other, known)).rejects.toMatchObject({
      code: 'INVALID_WIRING',
      message: expect.stringContaining('is no topic of PostamtServer'),
    });
    const one = controller(topic, () => {});
    const two = controller(topic, () => {});
    const twice = {
      ...one,
      controllers: [...one.controllers, ...two.controllers],
    };
    await expect(startServer(twice, known)).rejects.toMatchObject({
      code: 'INVALID_WIRING',
      message: expect.stringContaining('two handlers'),
    });
    const misspelt = { ...known, groupId: 'x' };
    await expect(startServer(one, misspelt)).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringContaining('PostamtServer has no option "groupId"'),
    });
  });

  it('refuses send, an unknown topic, and what has no value or a wrong one', async () => {
    const topic = newTopic();
    const { connectionString } = database;
    const client = new PostamtClient({ connectionString, topics: [topic] });
    await expect(lastValueFrom(client.send(topic.name))).rejects.toMatchObject({
      code: 'NOT_SUPPORTED',
    });
    await expect(
      lastValueFrom(client.emit('unknown', { value: { n: 1 } })),
    ).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC_OR_PARTITION' });
    await expect(
      lastValueFrom(client.emit(topic.name, { n: 1 })),
    ).rejects.toMatchObject({ code: 'INVALID_VALUE' });
    await expect(
      lastValueFrom(client.emit(topic.name, { value: { n: 'one' } })),
    ).rejects.toMatchObject({ code: 'SCHEMA_MISMATCH' });
    await client.close();
  });
});
