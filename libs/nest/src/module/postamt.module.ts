import {
  type DynamicModule,
  Module,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { PostamtRuntime } from '../runtime/postamt-runtime.js';
import { SubscriptionStarter } from '../subscribe/subscription-starter.js';
import { SubscriptionExplorer } from '../subscribe/subscription-explorer.js';
import { HandlerFactory } from '../subscribe/handler-factory.js';
import { optionsProviders } from './options-providers.js';
import { type CoreSource, PostamtCoreModule } from './postamt-core.module.js';
import {
  PostamtFeatureModule,
  type PostamtFeatureOptions,
} from './postamt-feature.module.js';
import type {
  PostamtModuleAsyncOptions,
  PostamtModuleOptions,
} from './postamt-module-options.js';
import { POSTAMT_OPTIONS } from './tokens.js';

/**
 * Postamt in a NestJS application: `Outbox`, `Producer`, `Database` and `PostamtStatus` are injectable everywhere, the
 * methods with `@Subscribe` are run, and a relay with them. Import it in the root module.
 *
 * The database is migrated and the topics are made before anything that injects them is. Relay and handlers start when
 * all modules are initialised (`onApplicationBootstrap`). On shutdown handlers stop first (`onModuleDestroy`): those under
 * way finish within `shutdownDeadlineMs` and their offsets commit; what is not finished is rolled back and handled again
 * by the next start. Relay, connections and the embedded server go last (`onApplicationShutdown`).
 *
 * @example
 * @Module({
 *   imports: [PostamtModule.forRoot({ connectionString: process.env.DATABASE_URL, topics: [incidents] })],
 *   providers: [Board],
 * })
 * export class AppModule {}
 */
@Module({})
export class PostamtModule implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #runtime: PostamtRuntime;
  readonly #subscriptions: SubscriptionStarter;

  constructor(runtime: PostamtRuntime, subscriptions: SubscriptionStarter) {
    this.#runtime = runtime;
    this.#subscriptions = subscriptions;
  }

  /**
   * @throws when the application starts: PostamtError INVALID_CONFIG naming an option, INVALID_WIRING,
   * POSTGRES_UNAVAILABLE, MIGRATION_FAILED, EMBEDDED_POSTGRES_FAILED
   */
  static forRoot(options: PostamtModuleOptions): DynamicModule {
    const providers = [{ provide: POSTAMT_OPTIONS, useValue: options }];
    return root({ imports: [], providers, topics: [] });
  }

  /**
   * As {@link PostamtModule.forRoot}, with options that other providers make.
   *
   * @example
   * PostamtModule.forRootAsync({
   *   imports: [ConfigModule],
   *   inject: [ConfigService],
   *   useFactory: (config: ConfigService) => ({ connectionString: config.getOrThrow('DATABASE_URL') }),
   *   topics: [incidents],
   * })
   */
  static forRootAsync(options: PostamtModuleAsyncOptions): DynamicModule {
    const { imports = [], topics = [] } = options;
    return root({ imports, providers: optionsProviders(options), topics });
  }

  /**
   * What a module of the application adds: its topics, and projections that are filled while the application runs.
   *
   * @throws PostamtError INVALID_CONFIG naming an option that does not exist
   *
   * @example
   * const feature = { topics: [incidents], projections: [{ projection: board, concurrency: 3 }] };
   *
   * @Module({ imports: [PostamtModule.forFeature(feature)], providers: [Board] })
   * export class BoardModule {}
   */
  static forFeature(feature: PostamtFeatureOptions): DynamicModule {
    return PostamtFeatureModule.register(feature);
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.#subscriptions.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.#runtime.stopListeners();
  }
}

/**
 * Not global itself: modules start in the order of their distance from the root, the most distant and the global ones
 * first, and stop in the opposite order.
 */
function root(source: CoreSource): DynamicModule {
  return {
    module: PostamtModule,
    imports: [PostamtCoreModule.register(source), DiscoveryModule],
    providers: [SubscriptionExplorer, HandlerFactory, SubscriptionStarter],
  };
}
