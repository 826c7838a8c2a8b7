import {
  type DynamicModule,
  Module,
  type OnApplicationShutdown,
  type OnModuleInit,
  type Provider,
} from '@nestjs/common';
import { ModuleRef, ModulesContainer } from '@nestjs/core';
import { Producer } from '#client';
import { PostamtError } from '#kernel';
import { Outbox } from '#outbox';
import { Database } from '#postgres';
import type { TopicDefinition } from '#schemas';
import { AmbientOutbox } from '../ambient/ambient-outbox.js';
import { PostamtRuntime } from '../runtime/postamt-runtime.js';
import { PostamtStatus } from '../runtime/postamt-status.js';
import { collectTopics } from './collect-topics.js';
import { featuresOf } from './postamt-feature.module.js';
import {
  checkModuleOptions,
  type PostamtModuleOptions,
} from './postamt-module-options.js';
import { POSTAMT_CONNECTION, POSTAMT_OPTIONS } from './tokens.js';

/** Where the options come from, and the topics that are known without them. */
export interface CoreSource {
  readonly imports: NonNullable<DynamicModule['imports']>;
  readonly providers: readonly Provider[];
  readonly topics: readonly TopicDefinition[];
}

/**
 * What is injected everywhere. It is global, so that Nest makes it first and shuts it down last: the database is open as
 * long as anybody may publish.
 */
@Module({})
export class PostamtCoreModule implements OnModuleInit, OnApplicationShutdown {
  readonly #runtime: PostamtRuntime;
  readonly #ambient: AmbientOutbox;

  constructor(runtime: PostamtRuntime, ambient: AmbientOutbox) {
    this.#runtime = runtime;
    this.#ambient = ambient;
  }

  static register({ imports, providers, topics }: CoreSource): DynamicModule {
    const open = (options: PostamtModuleOptions, modules: ModulesContainer) =>
      openRuntime(options, modules, topics);
    return {
      module: PostamtCoreModule,
      global: true,
      imports,
      providers: [
        ...providers,
        {
          provide: PostamtRuntime,
          useFactory: open,
          inject: [POSTAMT_OPTIONS, ModulesContainer],
        },
        ...OF_RUNTIME,
        AMBIENT_OUTBOX,
      ],
      exports: [
        PostamtRuntime,
        AmbientOutbox,
        ...OF_RUNTIME.map(({ provide }) => provide),
      ],
    };
  }

  async onModuleInit(): Promise<void> {
    try {
      this.#ambient.findHost();
    } catch (error) {
      await this.#runtime.close();
      throw error;
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#runtime.close();
  }
}

const OF_RUNTIME = [
  ofRuntime(Database, ({ installation }) => installation.db),
  ofRuntime(Outbox, ({ outbox }) => outbox),
  ofRuntime(Producer, ({ producer }) => producer),
  ofRuntime(PostamtStatus, (runtime) => new PostamtStatus(runtime)),
  ofRuntime(POSTAMT_CONNECTION, ({ installation }) => installation.connection),
];

const AMBIENT_OUTBOX = {
  provide: AmbientOutbox,
  useFactory: (
    outbox: Outbox,
    modules: ModuleRef,
    { ambientTransaction: options }: PostamtModuleOptions,
  ) => new AmbientOutbox({ outbox, modules, options }),
  inject: [Outbox, ModuleRef, POSTAMT_OPTIONS],
};

function ofRuntime(
  provide:
    | symbol
    | typeof Database
    | typeof Outbox
    | typeof Producer
    | typeof PostamtStatus,
  useFactory: (runtime: PostamtRuntime) => unknown,
) {
  return { provide, useFactory, inject: [PostamtRuntime] };
}

async function openRuntime(
  options: PostamtModuleOptions,
  modules: ModulesContainer,
  topics: readonly TopicDefinition[],
): Promise<PostamtRuntime> {
  checkModuleOptions(options);
  const cores = [...modules.values()].filter(
    ({ metatype }) => metatype === PostamtCoreModule,
  );
  if (cores.length > 1)
    throw new PostamtError(
      'INVALID_WIRING',
      'PostamtModule.forRoot or forRootAsync is imported more than once: keep one, and use forFeature in the other modules',
    );
  const features = featuresOf(modules);
  const ofFeatures = features.flatMap((each) => each.topics ?? []);
  const all = [...topics, ...(options.topics ?? []), ...ofFeatures];
  const projections = features.flatMap((each) => each.projections ?? []);
  return PostamtRuntime.open(options, {
    topics: collectTopics(all),
    projections,
  });
}
