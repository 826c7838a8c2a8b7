import type { InjectionToken } from '@nestjs/common';
import type { PublishTarget } from '#outbox';

/** Where {@link AmbientOutbox} finds the current transaction, and how it publishes in it. */
export interface AmbientTransactionOptions {
  /**
   * The token of what knows the current transaction: `TransactionHost` of `@nestjs-cls/transactional`, what its
   * `getTransactionHostToken` gives for a named connection, or any other provider with these two members.
   */
  readonly host: InjectionToken<TransactionHostLike>;
  /**
   * The adapter to the library whose transactions these are, `typeOrmTransaction` for example. None is needed for the
   * transactions of Kysely and `pg`, which `publish` takes as they are.
   */
  readonly adapter?: (tx: never) => PublishTarget;
}

/** `TransactionHost` of `@nestjs-cls/transactional`, as far as publishing looks at it. */
export interface TransactionHostLike {
  readonly tx: unknown;
  isTransactionActive(): boolean;
}

export const AMBIENT_TRANSACTION_OPTION_NAMES = [
  'host',
  'adapter',
] as const satisfies readonly (keyof AmbientTransactionOptions)[];
