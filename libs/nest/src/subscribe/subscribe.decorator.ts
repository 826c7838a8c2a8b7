import { Ctx, Payload } from '@nestjs/microservices';
import {
  ENTRY_PROVIDER_WATERMARK,
  ROUTE_ARGS_METADATA,
} from '@nestjs/common/internal';
import type { TopicDefinition } from '#schemas';
import type { SubscribeOptions } from './subscribe-options.js';

/** What `@Subscribe` writes down. */
export interface SubscribeMetadata {
  readonly topic: TopicDefinition;
  readonly options: SubscribeOptions;
}

const SUBSCRIBE_METADATA = 'postamt:subscribe';

/**
 * Has a method handle the records of a topic, as a consumer group: in order within a partition, one after the other.
 *
 * `@Payload()` is the value (null = a tombstone), `@Ctx()` the `RecordContext`; `@Key()`, `@Header(name)` and
 * `@Headers()` take parts of it. A method without parameter decorators is given value and context. With `batch: true`
 * these are an array of values and a `BatchContext`, and arrays of keys and headers.
 *
 * Unless `transactional` is false, what the method writes through `record.tx` and the group's offset are committed
 * together, so that each record has its effects exactly once. When the method throws, the record is handled again, after
 * a growing wait, and its partition waits with it.
 *
 * Nest's pipes, guards, interceptors and exception filters apply, as they do to `@EventPattern`. What a guard, a pipe or
 * the method throws is handled again too, unless an exception filter handles it: then what the method had written
 * through `record.tx` is undone and the record is done. A filter says that it handled an error by returning something
 * other than undefined (`EMPTY` of rxjs, or any promise), as everywhere in Nest's RPC.
 *
 * @throws at bootstrap, with class and method: PostamtError INVALID_WIRING for a topic that the application does not
 * have, or a second handler for the topic and group; INVALID_CONFIG for an option.
 *
 * @example
 * @Injectable()
 * export class Board {
 *   @Subscribe(incidents, { group: 'board', concurrency: 3 })
 *   async onChange(@Payload() change: IncidentChanged, @Ctx() record: RecordContext<Tables, string>) {
 *     await record.tx.insertInto('board').values({ id: record.key, status: change.status }).execute();
 *   }
 * }
 */
export function Subscribe(
  topic: TopicDefinition,
  options: SubscribeOptions,
): MethodDecorator {
  return (target, method, descriptor) => {
    const handler = descriptor.value as object;
    const others = subscribeMetadata(handler);
    Reflect.defineMetadata(
      SUBSCRIBE_METADATA,
      [...others, { topic, options }],
      handler,
    );
    // Request-scoped global enhancers are brought to controllers and to classes with this mark only.
    Reflect.defineMetadata(ENTRY_PROVIDER_WATERMARK, true, target.constructor);
    const at = [target.constructor, method] as const;
    if (Reflect.hasMetadata(ROUTE_ARGS_METADATA, ...at)) return;
    Payload()(target, method, 0);
    Ctx()(target, method, 1);
  };
}

/** What `@Subscribe` wrote down for a method; nothing for other methods. */
export function subscribeMetadata(
  method: object,
): readonly SubscribeMetadata[] {
  return (Reflect.getMetadata(SUBSCRIBE_METADATA, method) ??
    []) as SubscribeMetadata[];
}
