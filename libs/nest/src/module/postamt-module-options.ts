import type {
  DynamicModule,
  InjectionToken,
  OptionalFactoryDependency,
  Type,
} from '@nestjs/common';
import type { ProducerOptions } from '#client';
import type { GroupMaintenanceOptions } from '#groups';
import type { LogMaintenanceOptions } from '#log';
import type {
  OutboxMaintenanceOptions,
  OutboxOptions,
  RelayOptions,
} from '#outbox';
import type { TopicDefinition } from '#schemas';
import {
  AMBIENT_TRANSACTION_OPTION_NAMES,
  type AmbientTransactionOptions,
} from '../ambient/ambient-transaction-options.js';
import { checkOptionNames } from '../installation/check-option-names.js';
import {
  CONNECTION_OPTION_NAMES,
  type PostamtConnectionOptions,
} from '../installation/connection-options.js';

/** What {@link PostamtModule.forRoot} is given. */
export interface PostamtModuleOptions extends PostamtConnectionOptions {
  /** Created, and their schemas registered, when the application starts. Features may bring more. */
  readonly topics?: readonly TopicDefinition[];
  /** Whether a relay runs in this process; true by default. */
  readonly relay?: boolean | RelayOptions;
  /**
   * Whether this process also keeps log, outbox and groups in order: rolls segments by age, drops those past retention,
   * compacts; empties parts of the outbox whose events are published; forgets offsets of groups that are gone. By default
   * where a relay runs.
   */
  readonly maintenance?: boolean | MaintenanceOptions;
  /** Whether the handlers of `@Subscribe` and projections run in this process; true by default. */
  readonly listeners?: boolean;
  /** How the injectable `Producer` works: `acks`, `lingerMs`, `compressionType` and the like. */
  readonly producer?: ProducerOptions;
  /** How the injectable `Outbox` works: `traceContext`, `backlog` and the like. */
  readonly outbox?: OutboxOptions;
  /** How long handlers that are under way at shutdown may take to finish, and the producer to write what it holds, in milliseconds; 30,000 by default. */
  readonly shutdownDeadlineMs?: number;
  /** Where the injectable `AmbientOutbox` finds the current transaction; without it, that outbox refuses to publish. */
  readonly ambientTransaction?: AmbientTransactionOptions;
}

/** How the log is kept in order, and how the outbox and groups are. */
export interface MaintenanceOptions extends LogMaintenanceOptions {
  readonly outbox?: OutboxMaintenanceOptions;
  readonly groups?: GroupMaintenanceOptions;
}

/** A class that makes the options, for `useClass` and `useExisting`. */
export interface PostamtOptionsFactory {
  createPostamtOptions(): Promise<PostamtModuleOptions> | PostamtModuleOptions;
}

/** What {@link PostamtModule.forRootAsync} is given: one of `useFactory`, `useClass` and `useExisting`. */
export interface PostamtModuleAsyncOptions {
  readonly imports?: NonNullable<DynamicModule['imports']>;
  readonly inject?: (InjectionToken | OptionalFactoryDependency)[];
  readonly useFactory?: (
    // oxlint-disable-next-line typescript/no-explicit-any -- what `inject` names, as in Nest's own FactoryProvider
    ...dependencies: any[]
  ) => Promise<PostamtModuleOptions> | PostamtModuleOptions;
  readonly useClass?: Type<PostamtOptionsFactory>;
  readonly useExisting?: InjectionToken<PostamtOptionsFactory>;
  /** Topics that are known without the factory. */
  readonly topics?: readonly TopicDefinition[];
}

const NAMES = [
  ...CONNECTION_OPTION_NAMES,
  'topics',
  'relay',
  'maintenance',
  'listeners',
  'producer',
  'outbox',
  'shutdownDeadlineMs',
  'ambientTransaction',
] as const satisfies readonly (keyof PostamtModuleOptions)[];

/**
 * Refuses options that do not exist.
 *
 * @throws PostamtError INVALID_CONFIG naming the option
 */
export function checkModuleOptions(options: PostamtModuleOptions): void {
  checkOptionNames(options, NAMES, 'PostamtModule');
  const { ambientTransaction: ambient } = options;
  if (ambient)
    checkOptionNames(
      ambient,
      AMBIENT_TRANSACTION_OPTION_NAMES,
      'ambientTransaction',
    );
}
