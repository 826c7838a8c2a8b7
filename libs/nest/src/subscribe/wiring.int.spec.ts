import { Injectable, Module, Scope, type ModuleMetadata } from '@nestjs/common';
import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { defineTopic } from '#schemas';
import { useDatabase } from '#testing';
import { newTopic, startApp, type Counted } from '../fixtures/counted.js';
import { PostamtModule } from '../module/postamt.module.js';
import type { PostamtModuleOptions } from '../module/postamt-module-options.js';
import type { SubscribeOptions } from './subscribe-options.js';
import { Subscribe } from './subscribe.decorator.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });
const topic = newTopic();

/** What the application is refused with. */
async function refusal(
  metadata: ModuleMetadata,
  options: Partial<PostamtModuleOptions> = {},
): Promise<unknown> {
  const { connectionString } = database;
  const root = PostamtModule.forRoot({
    connectionString,
    topics: [topic],
    ...options,
  });
  try {
    const app = await startApp({
      ...metadata,
      imports: [root, ...(metadata.imports ?? [])],
    });
    await app.close();
    return 'nothing';
  } catch (error) {
    return error;
  }
}

function boardWith(options: object, subscribed = topic) {
  const given: SubscribeOptions = { group: 'g', ...options };
  @Injectable()
  class Board {
    @Subscribe(subscribed, given)
    onChange(_value: Counted) {}
  }
  return Board;
}

describe('wiring', () => {
  it('refuses two handlers for one topic and group, naming both', async () => {
    @Injectable()
    class Other {
      @Subscribe(topic, { group: 'h' })
      @Subscribe(topic, { group: 'g' })
      onAnything() {}
    }
    const providers = [boardWith({}), Other];
    expect(await refusal({ providers })).toMatchObject({
      code: 'INVALID_WIRING',
      message: `Board.onChange and Other.onAnything both handle topic ${topic.name} in group g: give one of them another group`,
    });
  });

  it('refuses one class in two modules: its handlers would run twice', async () => {
    const Board = boardWith({});
    @Module({ providers: [Board] })
    class Left {}
    @Module({ providers: [Board] })
    class Right {}
    const imports = [Left, Right];
    expect(await refusal({ imports })).toMatchObject({
      message: expect.stringContaining('Board.onChange and Board.onChange'),
    });
  });

  it('refuses a topic that the application does not have', async () => {
    const providers = [boardWith({}, newTopic())];
    expect(await refusal({ providers })).toMatchObject({
      code: 'INVALID_WIRING',
      message: expect.stringMatching(
        /^Board\.onChange subscribes to topic t-.+, which the application does not have/,
      ),
    });
  });

  it('refuses another definition of a topic, and two definitions of one', async () => {
    const twin = defineTopic(topic.name, { value: topic.valueSchema });
    const providers = [boardWith({}, twin as typeof topic)];
    expect(await refusal({ providers })).toMatchObject({
      code: 'INVALID_WIRING',
      message: expect.stringMatching(/^Board\.onChange .*another definition/),
    });
    const imports = [PostamtModule.forFeature({ topics: [twin] })];
    expect(await refusal({ imports })).toMatchObject({
      code: 'INVALID_WIRING',
      message: expect.stringContaining(`topic ${topic.name} is defined twice`),
    });
  });

  it.each([
    [{ groupId: 'x' }, '@Subscribe on Board.onChange has no option "groupId"'],
    [{ group: '' }, '@Subscribe on Board.onChange has no group'],
    [{ concurrency: 0 }, '@Subscribe on Board.onChange has concurrency 0'],
    [{ concurrency: 1.5 }, '@Subscribe on Board.onChange has concurrency 1.5'],
    [{ maxPollRecords: -1 }, 'Board.onChange: maxPollRecords is -1'],
  ])('refuses the options %j with class and method', async (options, words) => {
    expect(await refusal({ providers: [boardWith(options)] })).toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringContaining(words),
    });
  });

  it('refuses a handler of a transient provider', async () => {
    @Injectable({ scope: Scope.TRANSIENT })
    class Board {
      @Subscribe(topic, { group: 'g' })
      onChange() {}
    }
    expect(await refusal({ providers: [Board] })).toMatchObject({
      code: 'NOT_SUPPORTED',
      message: expect.stringContaining('Board.onChange belongs to a transient'),
    });
  });

  it('checks the wiring where listeners are off, too', async () => {
    const providers = [boardWith({}, newTopic())];
    expect(await refusal({ providers }, { listeners: false })).toMatchObject({
      code: 'INVALID_WIRING',
    });
  });

  it('refuses an unknown option of the module, and forRoot twice', async () => {
    expect(await refusal({}, { url: 'x' } as object)).toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringContaining('PostamtModule has no option "url"'),
    });
    const { connectionString } = database;
    const imports = [PostamtModule.forRoot({ connectionString })];
    expect(await refusal({ imports })).toMatchObject({
      code: 'INVALID_WIRING',
      message: expect.stringContaining('imported more than once'),
    });
  });

  it.each([
    [{ connectionString: undefined }, 'connectionString is undefined'],
    [{ embedded: true as const }, 'connectionString and embedded are given'],
    [{ connectionString: 'nonsense' }, 'connectionString is no connection'],
    [{ connectionString: undefined, pool: {} as never }, 'pool is no pg pool'],
  ])('refuses the connection %j', async (options, words) => {
    expect(await refusal({}, options)).toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringContaining(words),
    });
  });
});
