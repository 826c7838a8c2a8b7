import {
  Injectable,
  type INestApplicationContext,
  Module,
} from '@nestjs/common';
import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import type {
  ClsPluginTransactional as Plugin,
  TransactionHost as Host,
} from '@nestjs-cls/transactional';
import { sql } from 'drizzle-orm';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import { Client, Pool } from 'pg';
import { DataSource, type EntityManager } from 'typeorm';
import { drizzleTransaction, typeOrmTransaction } from '#outbox';
import { Database } from '#postgres';
import { readLog, useDatabase, waitFor } from '#testing';
import { newTopic, startApp } from '../fixtures/counted.js';
import { PostamtModule } from '../module/postamt.module.js';
import type { PostamtModuleOptions } from '../module/postamt-module-options.js';
import { AmbientOutbox } from './ambient-outbox.js';

// They are CommonJS and require Nest, which is not: Jest can do that only once Nest is evaluated.
const {
  ClsPluginTransactional,
  getTransactionHostToken,
  Propagation,
  Transactional,
  TransactionHost,
} = await import('@nestjs-cls/transactional');
const { TransactionalAdapterDrizzleOrm } =
  await import('@nestjs-cls/transactional-adapter-drizzle-orm');
const { TransactionalAdapterTypeOrm } =
  await import('@nestjs-cls/transactional-adapter-typeorm');
const { ClsModule } = await import('nestjs-cls');

const database = useDatabase({ beforeAll, afterEach, afterAll });
const topic = newTopic(1);
const boom = new Error('boom');

/** The application's own writing, in whatever transaction is under way. */
abstract class Effects {
  abstract write(name: string): Promise<unknown>;
}

@Injectable()
class Board {
  constructor(
    private readonly outbox: AmbientOutbox,
    private readonly effects: Effects,
  ) {}

  async note(n: number) {
    const name = `name ${n}`;
    await this.outbox.publish(topic, { key: name, value: { n, name } });
    await this.effects.write(name);
  }

  @Transactional()
  async noteBoth(first: number, second: number) {
    await this.note(first);
    await this.note(second);
  }

  @Transactional()
  async noteAndFail(n: number) {
    await this.note(n);
    throw boom;
  }

  @Transactional(Propagation.Nested)
  async failWithin(n: number) {
    await this.noteAndFail(n);
  }

  @Transactional()
  async noteAround(n: number) {
    await this.note(n);
    await expect(this.failWithin(n + 1)).rejects.toBe(boom);
    await this.note(n + 2);
  }
}

class TypeOrmEffects extends Effects {
  constructor(readonly host: { readonly tx: EntityManager }) {
    super();
  }

  write(name: string) {
    return this.host.tx.query('insert into effects (name) values ($1)', [name]);
  }
}

class DrizzleEffects extends Effects {
  constructor(readonly host: { readonly tx: NodePgDatabase }) {
    super();
  }

  async write(name: string) {
    await this.host.tx.execute(
      sql`insert into effects (name) values (${name})`,
    );
  }
}

/** An application over each library, and how to end what it opened. */
interface Way {
  readonly plugin: Plugin;
  readonly effects: new (host: never) => Effects;
  readonly ambient: NonNullable<PostamtModuleOptions['ambientTransaction']>;
  close(): Promise<unknown>;
}

async function typeOrm(connectionName?: string): Promise<Way> {
  const url = database.connectionString;
  const dataSource = new DataSource({ type: 'postgres', url });
  await dataSource.initialize();
  const { connection, module } = bearing(DataSource, dataSource);
  return {
    plugin: new ClsPluginTransactional({
      imports: [module],
      adapter: new TransactionalAdapterTypeOrm({ dataSourceToken: connection }),
      ...(connectionName && { connectionName }),
    }),
    effects: TypeOrmEffects,
    ambient: {
      host: getTransactionHostToken(connectionName),
      adapter: typeOrmTransaction,
    },
    close: () => dataSource.destroy(),
  };
}

async function drizzleOrm(): Promise<Way> {
  const pool = new Pool({ connectionString: database.connectionString });
  const { connection, module } = bearing('DRIZZLE', drizzle(pool));
  return {
    plugin: new ClsPluginTransactional({
      imports: [module],
      adapter: new TransactionalAdapterDrizzleOrm({
        drizzleInstanceToken: connection,
      }),
    }),
    effects: DrizzleEffects,
    ambient: { host: TransactionHost, adapter: drizzleTransaction },
    close: () => pool.end(),
  };
}

/** A module that provides a library's connection. */
function bearing<Token>(connection: Token, value: unknown) {
  @Module({
    providers: [{ provide: connection as string, useValue: value }],
    exports: [connection as string],
  })
  class ConnectionModule {}
  return { connection, module: ConnectionModule };
}

async function start(
  way: Way,
  ambientTransaction: PostamtModuleOptions['ambientTransaction'] = way.ambient,
): Promise<INestApplicationContext> {
  const { connectionString } = database;
  return startApp({
    imports: [
      ClsModule.forRoot({ global: true, plugins: [way.plugin] }),
      PostamtModule.forRoot({
        connectionString,
        topics: [topic],
        ...(ambientTransaction && { ambientTransaction }),
      }),
    ],
    providers: [
      Board,
      {
        provide: Effects,
        useFactory: (host: never) => new way.effects(host),
        inject: [way.ambient.host],
      },
    ],
  });
}

/** What the application wrote, and what is in the topic once all of it is moved. */
async function outcome(db: Database) {
  const pending = async () =>
    (await db.query("select 1 from postamt.outbox where status = 'PENDING'"))
      .rows.length;
  await waitFor('all to be moved', async () => (await pending()) === 0);
  const log = await readLog(db, topic.name);
  const { rows } = await db.query('select name from effects');
  return {
    published: log.map(({ key }) => String(key)),
    effects: rows.map(({ name }) => String(name)),
  };
}

describe('AmbientOutbox', () => {
  beforeAll(async () => {
    await database.open().query('create table effects (name text not null)');
  });

  it.each([
    ['TypeORM', () => typeOrm()],
    ['Drizzle', drizzleOrm],
  ])(
    'publishes in the transaction of %s that is under way',
    async (_, open) => {
      const way = await open();
      const app = await start(way);
      const board = app.get(Board);
      const db = app.get(Database);
      const before = await outcome(db);
      await board.noteBoth(1, 2);
      await expect(board.noteAndFail(3)).rejects.toBe(boom);
      await board.noteAround(4);
      const names = ['name 1', 'name 2', 'name 4', 'name 6'];
      expect(await outcome(db)).toEqual({
        published: [...before.published, ...names],
        effects: [...before.effects, ...names],
      });
      await app.close();
      await way.close();
    },
  );

  it('publishes in the transaction of a named connection', async () => {
    const way = await typeOrm('other');
    const app = await start(way);
    const db = app.get(Database);
    const before = await outcome(db);
    const host = app.get<Host>(way.ambient.host, { strict: false });
    const board = app.get(Board);
    await host.withTransaction(() => board.note(7));
    await expect(board.note(8)).rejects.toMatchObject({
      code: 'INVALID_VALUE',
    });
    expect(await outcome(db)).toEqual({
      published: [...before.published, 'name 7'],
      effects: [...before.effects, 'name 7'],
    });
    await app.close();
    await way.close();
  });

  it('takes a host of the application, and a client of pg without an adapter', async () => {
    const client = new Client(database.connectionString);
    await client.connect();
    let isActive = false;
    const host = { tx: client, isTransactionActive: () => isActive };
    const { connection, module } = bearing('HOST', host);
    const app = await startApp({
      imports: [
        module,
        PostamtModule.forRoot({
          connectionString: database.connectionString,
          topics: [topic],
          ambientTransaction: { host: connection },
        }),
      ],
    });
    const db = app.get(Database);
    const before = await outcome(db);
    await client.query('begin');
    isActive = true;
    const event = { key: 'by pg', value: { n: 9, name: '' } };
    await app.get(AmbientOutbox).publish(topic, event);
    await client.query('commit');
    const { published } = await outcome(db);
    expect(published).toEqual([...before.published, 'by pg']);
    await app.close();
    await client.end();
  });

  it('refuses outside of a transaction', async () => {
    const way = await typeOrm();
    const app = await start(way);
    const noting = app.get(Board).note(1);
    await expect(noting).rejects.toMatchObject({
      code: 'INVALID_VALUE',
      message: expect.stringContaining('@Transactional()'),
    });
    await app.close();
    await way.close();
  });

  it.each([
    [
      'a host that no module provides',
      { host: 'NOWHERE' },
      'INVALID_WIRING',
      /NOWHERE/,
    ],
    ['a host that is none', { host: Database }, 'INVALID_WIRING', /Database/],
    [
      'an option that does not exist',
      { hots: Database },
      'INVALID_CONFIG',
      /hots/,
    ],
  ])('refuses to start with %s', async (_, ambient, code, message) => {
    const way = await typeOrm();
    await expect(start(way, ambient as never)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
    await way.close();
  });

  it('without the option starts, and says what to give where it is used', async () => {
    const app = await startApp({
      imports: [
        PostamtModule.forRoot({
          connectionString: database.connectionString,
          topics: [topic],
        }),
      ],
    });
    const event = { value: { n: 1, name: '' } };
    const publishing = app.get(AmbientOutbox).publish(topic, event);
    await expect(publishing).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringContaining('ambientTransaction'),
    });
    await app.close();
  });
});
