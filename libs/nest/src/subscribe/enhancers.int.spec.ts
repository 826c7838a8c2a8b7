import {
  Catch,
  createParamDecorator,
  ForbiddenException,
  Inject,
  Injectable,
  ParseIntPipe,
  Scope,
  SetMetadata,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  type ExceptionFilter,
  type ExecutionContext,
  type INestApplicationContext,
  type NestInterceptor,
  type PipeTransform,
  type Provider,
} from '@nestjs/common';
import {
  APP_FILTER,
  APP_GUARD,
  APP_INTERCEPTOR,
  APP_PIPE,
  Reflector,
  REQUEST,
} from '@nestjs/core';
import { Ctx, Payload } from '@nestjs/microservices';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
} from '@jest/globals';
import { EMPTY, map, of, throwError, type Observable } from 'rxjs';
import type { BatchContext, RecordContext } from '#client';
import type { OutboxEvent } from '#outbox';
import { Database } from '#postgres';
import { useDatabase, waitFor } from '#testing';
import {
  newTopic,
  numbered,
  publish,
  startApp,
  type Counted,
  type Tables,
} from '../fixtures/counted.js';
import { PostamtModule } from '../module/postamt.module.js';
import { PostamtStatus } from '../runtime/postamt-status.js';
import { Header } from './header.decorator.js';
import { Headers } from './headers.decorator.js';
import { Key } from './key.decorator.js';
import { Subscribe } from './subscribe.decorator.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });
type CountedTopic = ReturnType<typeof newTopic>;

beforeAll(async () => {
  const db = database.open();
  await db.query('create table effects (name text not null, n int not null)');
});

/** Runs an application until `count` records are handled, and gives what they left in the table. */
async function handle(
  topic: CountedTopic,
  providers: Provider[],
  events: OutboxEvent<string, Counted>[] = numbered(1),
): Promise<string[]> {
  const { connectionString } = database;
  const app = await startApp({
    imports: [PostamtModule.forRoot({ connectionString, topics: [topic] })],
    providers,
  });
  try {
    await publish(app, topic, events);
    await waitFor('all', () => handled(app) === events.length);
    const { rows } = await app
      .get(Database)
      .query('select name from effects order by n, name');
    return rows.map(({ name }) => String(name));
  } finally {
    await app.close();
  }
}

function handled(app: INestApplicationContext): number {
  const { listeners } = app.get(PostamtStatus);
  return listeners.reduce((sum, each) => sum + each.handled, 0);
}

/** An enhancer of each kind that writes down that it was called, and for what. */
function recording(seen: string[], where: string) {
  @Injectable()
  class Guard implements CanActivate {
    canActivate(context: ExecutionContext) {
      const rpc = context.switchToRpc();
      const { key } = rpc.getContext<RecordContext>();
      const { n } = rpc.getData<Counted>();
      const { name } = context.getHandler();
      seen.push(
        `${where} guard ${context.getType()} ${n} ${String(key)} ${name}`,
      );
      return true;
    }
  }
  @Injectable()
  class Interceptor implements NestInterceptor {
    intercept(_context: ExecutionContext, next: CallHandler) {
      seen.push(`${where} before`);
      return next.handle().pipe(
        map((value: unknown) => {
          seen.push(`${where} after ${String(value)}`);
          return value;
        }),
      );
    }
  }
  @Injectable()
  class Pipe implements PipeTransform {
    transform(value: unknown) {
      seen.push(`${where} pipe`);
      return value;
    }
  }
  return { Guard, Interceptor, Pipe };
}

describe('the parameters of a handler', () => {
  it('are payload, a field of it through a pipe, context, key, header and headers', async () => {
    const topic = newTopic();
    const seen: unknown[] = [];
    const Caller = createParamDecorator(
      (_data: unknown, context) => context.getClass().name,
    );
    @Injectable()
    class Board {
      @Subscribe(topic, { group: 'g' })
      // oxlint-disable-next-line max-params -- one of each kind
      onChange(
        @Header('trace') trace: string,
        @Payload() value: Counted,
        @Payload('n') n: number,
        @Payload('name', ParseIntPipe) name: number,
        @Key() key: string,
        @Headers() headers: Record<string, string>,
        @Header('absent') absent: undefined,
        @Header('times', ParseIntPipe) times: number,
        @Ctx() record: RecordContext,
        @Caller() caller: string,
      ) {
        const { trace: again, times: text } = headers;
        const { offset, topic: of } = record;
        seen.push([trace, value, n, name, key, again, text, absent, times]);
        seen.push([offset, of, caller]);
      }
    }
    const headers = { trace: 'x', times: '3' };
    const value = { n: 1, name: '12' };
    await handle(topic, [Board], [{ key: 'a', value, headers }]);
    expect(seen).toEqual([
      ['x', value, 1, 12, 'a', 'x', '3', undefined, 3],
      [0n, topic.name, 'Board'],
    ]);
  });

  it('are value and context where nothing says otherwise; of a batch, arrays', async () => {
    const topic = newTopic(1);
    const seen: unknown[] = [];
    @Injectable()
    class Board {
      @Subscribe(topic, { group: 'one' })
      onOne(value: Counted, record: RecordContext) {
        seen.push([value.n, record.key]);
      }

      @Subscribe(topic, { group: 'many', batch: true })
      onMany(
        @Payload() values: Counted[],
        @Ctx() batch: BatchContext<Tables, string>,
        @Key() keys: string[],
        @Header('h') texts: string[],
      ) {
        const offsets = batch.records.map(({ offset }) => offset);
        seen.push([values.map(({ n }) => n), keys, texts, offsets]);
      }
    }
    const { connectionString } = database;
    const app = await startApp({
      imports: [PostamtModule.forRoot({ connectionString, topics: [topic] })],
      providers: [Board],
    });
    const events = numbered(2).map((event) => ({
      ...event,
      headers: { h: 'x' },
    }));
    await publish(app, topic, events);
    await waitFor('both', () => handled(app) === 4);
    await app.close();
    expect(seen).toContainEqual([0, 'k0']);
    expect(seen).toContainEqual([1, 'k1']);
    expect(seen).toContainEqual([
      [0, 1],
      ['k0', 'k1'],
      ['x', 'x'],
      [0n, 1n],
    ]);
  });

  it('are a tombstone as null', async () => {
    const topic = newTopic();
    const seen: unknown[] = [];
    @Injectable()
    class Board {
      @Subscribe(topic, { group: 'g' })
      onChange(@Payload() value: null, @Payload('n') n: undefined) {
        seen.push(value, n);
      }
    }
    const tombstone = { key: 'a', value: null };
    await handle(topic, [Board], [tombstone]);
    expect(seen).toEqual([null, undefined]);
  });
});

describe('pipes, guards and interceptors', () => {
  it('apply globally, to the class and to the method, in the order that Nest has', async () => {
    const topic = newTopic();
    const seen: string[] = [];
    const everywhere = recording(seen, 'global');
    const ofClass = recording(seen, 'class');
    const ofMethod = recording(seen, 'method');
    @Injectable()
    @UseGuards(ofClass.Guard)
    @UseInterceptors(ofClass.Interceptor)
    @UsePipes(ofClass.Pipe)
    class Board {
      @UseGuards(ofMethod.Guard)
      @UseInterceptors(ofMethod.Interceptor)
      @UsePipes(ofMethod.Pipe)
      @Subscribe(topic, { group: 'g' })
      onChange(@Payload() { n }: Counted) {
        seen.push(`handler ${n}`);
        return of('first', 'last');
      }
    }
    await handle(topic, [
      Board,
      { provide: APP_GUARD, useClass: everywhere.Guard },
      { provide: APP_INTERCEPTOR, useClass: everywhere.Interceptor },
      { provide: APP_PIPE, useClass: everywhere.Pipe },
    ]);
    expect(seen).toEqual([
      'global guard rpc 0 k0 onChange',
      'class guard rpc 0 k0 onChange',
      'method guard rpc 0 k0 onChange',
      'global before',
      'class before',
      'method before',
      'global pipe',
      'class pipe',
      'method pipe',
      'handler 0',
      ...['first', 'last'].flatMap((value) => [
        `method after ${value}`,
        `class after ${value}`,
        `global after ${value}`,
      ]),
    ]);
  });

  it('have a guard that denies hold the record back until it permits', async () => {
    const topic = newTopic();
    let denied = 0;
    const Role = (role: string) => SetMetadata('role', role);
    @Injectable()
    class Guard implements CanActivate {
      constructor(private readonly reflector: Reflector) {}
      canActivate(context: ExecutionContext) {
        const role = this.reflector.get<string>('role', context.getHandler());
        if (role === 'clerk' && denied === 2) return true;
        denied += 1;
        return false;
      }
    }
    @Catch()
    class Rethrow implements ExceptionFilter {
      catch(error: unknown) {
        expect(error).toBeInstanceOf(ForbiddenException);
        return throwError(() => error);
      }
    }
    @Injectable()
    @UseFilters(Rethrow)
    class Board {
      @Role('clerk')
      @UseGuards(Guard)
      @Subscribe(topic, { group: 'g' })
      onChange() {}
    }
    await handle(topic, [Board]);
    expect(denied).toBe(2);
  });

  it('apply where they and the handler are request-scoped: made anew for each record', async () => {
    const topic = newTopic(1);
    const seen: unknown[] = [];
    let made = 0;
    @Injectable({ scope: Scope.REQUEST })
    class Guard implements CanActivate {
      readonly number = (made += 1);
      constructor(@Inject(REQUEST) readonly request: { data: Counted }) {}
      canActivate() {
        seen.push(`guard ${this.number} of ${this.request.data.n}`);
        return true;
      }
    }
    @Injectable({ scope: Scope.REQUEST })
    class Scoped {
      constructor(
        @Inject(REQUEST)
        readonly request: { data: Counted; context: RecordContext },
      ) {}
      @Subscribe(topic, { group: 'scoped' })
      onChange(@Payload('n') n: number) {
        seen.push(`scoped ${n} ${String(this.request.context.offset)}`);
      }
    }
    @Injectable()
    class Singleton {
      @Subscribe(topic, { group: 'singleton' })
      onChange(@Payload('n') n: number) {
        seen.push(`singleton ${n}`);
      }
    }
    const { connectionString } = database;
    const app = await startApp({
      imports: [PostamtModule.forRoot({ connectionString, topics: [topic] })],
      providers: [Scoped, Singleton, { provide: APP_GUARD, useClass: Guard }],
    });
    await publish(app, topic, numbered(2));
    await waitFor('all', () => handled(app) === 4);
    await app.close();
    expect(seen.filter((each) => String(each).includes('guard'))).toHaveLength(
      4,
    );
    expect(made).toBe(4);
    expect(seen).toContain('scoped 1 1');
    expect(seen).toContain('singleton 0');
  });
});

describe('exception filters', () => {
  beforeEach(async () => {
    const db = database.open();
    await db.query('truncate effects');
  });

  class Refusal extends Error {}

  /** Notes what it catches in the record's own transaction. */
  function noting(
    where: string,
    answer: () => Observable<unknown> = () => EMPTY,
  ) {
    @Catch(Refusal)
    class Note implements ExceptionFilter {
      async catch(error: Refusal, host: ArgumentsHost) {
        const { tx } = host.switchToRpc().getContext<RecordContext<Tables>>();
        const name = `${where}: ${error.message}`;
        await tx.insertInto('effects').values({ n: 0, name }).execute();
        return answer();
      }
    }
    return Note;
  }

  function failing(topic: CountedTopic, sqlFails = false) {
    @Injectable()
    class Board {
      @Subscribe(topic, { group: 'g' })
      async onChange(
        @Payload() { n, name }: Counted,
        @Ctx() { tx }: RecordContext<Tables>,
      ) {
        await tx.insertInto('effects').values({ n, name }).execute();
        if (n !== 1) return;
        if (sqlFails)
          await tx
            .insertInto('effects')
            .values({ n: null as never, name })
            .execute()
            .catch(() => {});
        throw new Refusal('one');
      }
    }
    return Board;
  }

  it.each(['global', 'class', 'method'])(
    'of the %s that handle an error have the record done, and what it had written undone',
    async (where) => {
      const topic = newTopic(1);
      const Board = failing(topic);
      const filter = UseFilters(noting(where));
      const method = Object.getOwnPropertyDescriptor(
        Board.prototype,
        'onChange',
      );
      if (where === 'class') filter(Board);
      if (where === 'method') filter(Board.prototype, 'onChange', method!);
      const everywhere = { provide: APP_FILTER, useClass: noting('global') };
      const providers = where === 'global' ? [Board, everywhere] : [Board];
      const names = await handle(topic, providers, numbered(3));
      expect(names).toEqual([`${where}: one`, 'name 0', 'name 2'].sort());
    },
  );

  it('find a transaction that is usable where a statement of the handler failed', async () => {
    const topic = newTopic(1);
    const Board = failing(topic, true);
    UseFilters(noting('class'))(Board);
    const names = await handle(topic, [Board], numbered(3));
    expect(names).toEqual(['class: one', 'name 0', 'name 2']);
  });

  it('that throw again, or answer nothing, have the record handled again', async () => {
    const topic = newTopic(1);
    let calls = 0;
    const answers: (() => unknown)[] = [
      () => undefined,
      () => throwError(() => new Error('again')),
      () => EMPTY,
    ];
    @Catch()
    class Filter implements ExceptionFilter {
      catch() {
        return answers[calls++]?.();
      }
    }
    @Injectable()
    @UseFilters(Filter)
    class Board {
      @Subscribe(topic, { group: 'g' })
      onChange() {
        throw new Error('always');
      }
    }
    await handle(topic, [Board]);
    expect(calls).toBe(3);
  });
});
