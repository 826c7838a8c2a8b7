import type { PostamtError } from '#kernel';
import type { Catalogue } from '#log';
import type { Database } from '#postgres';
import type { Sink } from '../sink/sink.js';
import type { KnownSchemas } from './known-schemas.js';
import type { RetryPolicy } from './source.js';

/** Who moves, where to, and what it knows. */
export interface Mover {
  readonly db: Database;
  readonly catalogue: Catalogue;
  /** Noted beside each batch: which relay moved it. */
  readonly relay: string;
  /** Where to, when that is not this database's log. */
  readonly sink?: Sink | undefined;
  readonly retry?: RetryPolicy;
  readonly schemas?: KnownSchemas;
  /** Partitions that refuse what is appended to them, whatever it is, and why; by id. */
  readonly broken?: ReadonlyMap<number, PostamtError>;
}

/** Ten attempts: within about nine minutes, a second after the first, twice as long after each. */
export const RETRY: RetryPolicy = {
  maxAttempts: 10,
  backoffMs: 1_000,
  backoffMaxMs: 300_000,
};
