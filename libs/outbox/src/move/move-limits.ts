import type { Source } from './source.js';

/** What one move may take. */
export interface MoveLimits {
  readonly rowsPerShard: number;
  readonly bytesPerShard: number;
  /** How many ids a page of a large difference spans; all by default. */
  readonly idsPerPage?: number;
  /** Parked keys that are tried together: one after a failure, so that it fails alone; 500 by default. */
  readonly parkedKeys?: number;
  /** What the move before took: what waits takes turns with what is new. */
  readonly after?: Source['name'] | undefined;
}

/** What a move takes that is told nothing. */
export const READ: MoveLimits = {
  rowsPerShard: 20_000,
  bytesPerShard: 32 * 1024 * 1024,
};
