import { Injectable } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { useDatabase, waitFor } from '#testing';
import {
  newTopic,
  numbered,
  publish,
  startApp,
  type Counted,
} from '../fixtures/counted.js';
import { Headers } from '../subscribe/headers.decorator.js';
import { Subscribe } from '../subscribe/subscribe.decorator.js';
import { PostamtModule } from './postamt.module.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

describe('the option outbox', () => {
  it('has a listener see the trace that was under way, once for each publish, or the one that the event bears', async () => {
    const topic = newTopic();
    const seen = new Map<number, unknown[]>();
    let spans = 0;
    @Injectable()
    class Board {
      @Subscribe(topic, { group: 'traces' })
      onCounted(
        @Payload() { n }: Counted,
        @Headers() headers: Record<string, string>,
      ) {
        const { traceparent, tracestate } = headers;
        seen.set(n, [traceparent, tracestate]);
      }
    }
    const app = await startApp({
      imports: [
        PostamtModule.forRoot({
          connectionString: database.connectionString,
          topics: [topic],
          outbox: {
            traceContext: (carrier) => {
              spans += 1;
              carrier.traceparent = `00-${TRACE}-000000000000000${spans}-01`;
              carrier.tracestate = 'vendor=1';
            },
          },
        }),
      ],
      providers: [Board],
    });
    const [first, second] = numbered(2);
    if (!first || !second) throw new Error('two events');
    const own = `00-${TRACE}-00000000000000ff-00`;
    await publish(app, topic, [
      first,
      { ...second, headers: { traceparent: own } },
    ]);
    await publish(app, topic, [{ ...first, value: { n: 2, name: '' } }]);
    await waitFor('three events to be handled', () => seen.size === 3);
    await app.close();
    const parent = (span: number) => `00-${TRACE}-000000000000000${span}-01`;
    expect(seen.get(0)).toEqual([parent(1), 'vendor=1']);
    expect(seen.get(1)).toEqual([own, undefined]);
    expect(seen.get(2)).toEqual([parent(2), 'vendor=1']);
    expect(spans).toBe(2);
  });

  it('is refused at bootstrap when a limit is none', async () => {
    const starting = startApp({
      imports: [
        PostamtModule.forRoot({
          connectionString: database.connectionString,
          outbox: { backlog: { maxEvents: -1 } },
        }),
      ],
    });
    await expect(starting).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
  });
});
