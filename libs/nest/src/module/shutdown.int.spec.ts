import {
  Injectable,
  Module,
  type OnApplicationShutdown,
  type OnModuleDestroy,
} from '@nestjs/common';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
} from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { Ctx, Payload } from '@nestjs/microservices';
import { readProgress, type RecordContext } from '#client';
import { Outbox } from '#outbox';
import { Database } from '#postgres';
import { defineTopic, type TopicDefinition } from '#schemas';
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
import { Subscribe } from '../subscribe/subscribe.decorator.js';
import { PostamtModule } from './postamt.module.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });
type CountedTopic = ReturnType<typeof newTopic>;

/** A handler that waits before it writes, in an application that gives it `shutdownDeadlineMs`. */
function slowApp(
  topic: CountedTopic,
  wait: (n: number) => unknown,
  shutdownDeadlineMs = 10_000,
) {
  @Injectable()
  class Board {
    @Subscribe(topic, { group: 'g', maxPollRecords: 1, pollIntervalMs: 100 })
    async onChange(
      @Payload() { n, name }: Counted,
      @Ctx() { tx }: RecordContext<Tables>,
    ) {
      await wait(n);
      await tx.insertInto('effects').values({ n, name }).execute();
    }
  }
  const { connectionString } = database;
  const options = { connectionString, topics: [topic], shutdownDeadlineMs };
  return startApp({
    imports: [PostamtModule.forRoot(options)],
    providers: [Board],
  });
}

/** One that `defineTopic` takes and the log does not. */
function wrongTopic(): TopicDefinition {
  const config = { 'retention.ms': 'nonsense' };
  return defineTopic('wrong', { value: 'string', config });
}

/** The specs' own connections, to be told from the application's. */
const ASIDE = { applicationName: 'spec' };

/** How many connections the application has. */
async function connections(): Promise<unknown> {
  const { rows } = await database.open(ASIDE).query(
    `select count(*)::int as n from pg_stat_activity
    where datname = current_database() and application_name like 'postamt%'`,
  );
  return rows[0]?.n;
}

async function effects(): Promise<number[]> {
  const { rows } = await database
    .open()
    .query('select n from effects order by n');
  return rows.map(({ n }) => n as number);
}

describe('shutdown', () => {
  beforeAll(async () => {
    const db = database.open();
    await db.query('create table effects (name text not null, n int not null)');
  });
  beforeEach(async () => {
    await database.open(ASIDE).query('truncate effects');
  });

  it('lets the handler that is under way finish, commits its offset, and loses nothing of the rest', async () => {
    const topic = newTopic(1);
    const entered: number[] = [];
    const released = Promise.withResolvers<void>();
    const first = await slowApp(topic, async (n) => {
      entered.push(n);
      if (n === 3) await released.promise;
    });
    await publish(first, topic, numbered(10));
    await waitFor('the handler', () => entered.includes(3));
    const closing = first.close();
    released.resolve();
    await closing;
    expect(await effects()).toEqual(upTo(4));
    const second = await slowApp(topic, (n) => entered.push(n));
    await waitFor('the rest', async () => (await effects()).length === 10);
    await second.close();
    expect(await effects()).toEqual(upTo(10));
    expect(entered).toEqual(upTo(10));
  });

  it('past the deadline gives up a handler that hangs; its record is handled by the next start', async () => {
    const topic = newTopic(1);
    const hanging = Promise.withResolvers<void>();
    let hangs = false;
    const wait = async (n: number) => {
      if (n !== 1) return;
      hangs = true;
      await hanging.promise;
    };
    const first = await slowApp(topic, wait, 50);
    await publish(first, topic, numbered(3));
    await waitFor('the handler', () => hangs);
    await first.close();
    expect(await effects()).toEqual([0]);
    hanging.resolve();
    const second = await slowApp(topic, () => {});
    await waitFor('the rest', async () => (await effects()).length === 3);
    await second.close();
    expect(await effects()).toEqual(upTo(3));
  });

  it('keeps handlers from running before what they use is there, and after it is gone', async () => {
    const topic = newTopic(1);
    const states: string[] = [];
    let begun = 0;
    @Injectable()
    class Resource implements OnModuleDestroy, OnApplicationShutdown {
      state = 'new';
      constructor(
        readonly outbox: Outbox,
        readonly db: Database,
      ) {}
      async onModuleInit() {
        await delay(50);
        this.state = 'ready';
      }
      onModuleDestroy() {
        this.state = 'destroyed';
      }
      // As a request that is still answered: it may publish.
      async onApplicationShutdown() {
        await this.db.transaction((tx) =>
          this.outbox.publish(tx, topic, { value: { n: 9, name: '' } }),
        );
        states.push('published');
      }
    }
    @Module({ providers: [Resource], exports: [Resource] })
    class ResourceModule {}
    @Injectable()
    class Board {
      constructor(readonly resource: Resource) {}
      @Subscribe(topic, { group: 'g' })
      async onChange() {
        begun += 1;
        await delay(50);
        states.push(this.resource.state);
      }
    }
    @Module({ imports: [ResourceModule], providers: [Board] })
    class BoardModule {}
    const { connectionString } = database;
    const before = await startApp({
      imports: [PostamtModule.forRoot({ connectionString, topics: [topic] })],
    });
    await publish(before, topic, numbered(1));
    await before.close();
    const app = await startApp({
      imports: [
        PostamtModule.forRoot({ connectionString, topics: [topic] }),
        BoardModule,
      ],
    });
    await waitFor('the handler to begin', async () => begun === 1);
    await app.close();
    expect(states).toEqual(['ready', 'published']);
  });

  it.each([
    ['its wiring is wrong', 'INVALID_WIRING', { group: 'g' }, newTopic()],
    [
      'a listener does not start',
      'INVALID_GROUP_ID',
      { group: 'g'.repeat(250) },
      undefined,
    ],
    ['a topic is wrong', 'INVALID_CONFIG', { group: 'g' }, undefined],
  ])('closes what it opened where %s', async (_, code, options, other) => {
    const topic: TopicDefinition =
      code === 'INVALID_CONFIG' ? wrongTopic() : newTopic();
    @Injectable()
    class Board {
      @Subscribe(other ?? topic, options)
      onChange() {}
    }
    const { connectionString } = database;
    const root = PostamtModule.forRoot({ connectionString, topics: [topic] });
    await expect(
      startApp({ imports: [root], providers: [Board] }),
    ).rejects.toMatchObject({ code });
    // An idle one would go by itself, after five seconds.
    const closed = async () => (await connections()) === 0;
    await waitFor('no connection', closed, { timeoutMs: 2_000 });
  });

  it('on SIGTERM to a process with shutdown hooks finishes what is under way, and ends it', async () => {
    const topic = defineTopic('slow', {
      value: {
        type: 'record',
        name: 'Slow',
        fields: [{ name: 'n', type: 'int' }],
      },
    });
    const { connectionString } = database;
    const child = spawn(
      process.execPath,
      [
        '--conditions=postamt-source',
        '--import',
        './scripts/typescript-hooks.mjs',
        'libs/nest/src/fixtures/slow-app.ts',
      ],
      {
        env: {
          ...process.env,
          DATABASE_URL: connectionString,
          SLOW_TOPIC: topic.name,
        },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    const lines: string[] = [];
    createInterface(child.stdout).on('line', (line) => lines.push(line));
    const ended = once(child, 'exit');
    try {
      await waitFor('the process', () => lines.includes('ready'));
      const db = database.open();
      const outbox = await Outbox.open(db, [topic]);
      const events = upTo(5).map((n) => ({ key: 'a', value: { n } }));
      await db.transaction((tx) => outbox.publish(tx, topic, events));
      await waitFor('the handler', () => lines.includes('handling 1'));
    } finally {
      child.kill('SIGTERM');
    }
    expect(await ended).toEqual([null, 'SIGTERM']);
    expect(lines.at(-1)).toBe('handled 1');
    expect(await effects()).toEqual([0, 1]);
    const progress = await readProgress(database.open(), topic.name, 'slow');
    expect(progress).toMatchObject([{ committed: 2n, logEndOffset: 5n }]);
  });
});
