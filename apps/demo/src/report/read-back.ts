import type { Database } from 'postamt/engine';
import type { IncidentState } from '../fold/incident-state.js';
import { countClosings } from './count-closings.js';
import { countMoved } from './count-moved.js';
import { countPending } from './count-pending.js';
import type { LogFigures } from './log-figures.js';
import { readBoard } from './read-board.js';
import { readLogFigures } from './read-log-figures.js';

/** What the database says after a run. */
export interface ReadBack {
  readonly transactions: number;
  readonly movedByRelay: Readonly<Record<string, number>>;
  readonly pending: number;
  readonly log: LogFigures;
  readonly closings: number;
  /** The board that the group filled. */
  readonly board: readonly IncidentState[];
  /** The board that was built anew. */
  readonly rebuilt: readonly IncidentState[];
}

export interface ReadBackOptions {
  /** The versions of the board before and after the rebuild. */
  readonly versions: readonly [number, number];
  /** The `seq`s of each incident that were to be committed. */
  readonly committed: ReadonlyMap<string, readonly number[]>;
}

/** Reads all figures back, once everything has come to rest. */
export async function readBack(
  db: Database,
  { versions: [before, after], committed }: ReadBackOptions,
): Promise<ReadBack> {
  return {
    transactions: await countTransactions(db),
    movedByRelay: await countMoved(db),
    pending: await countPending(db),
    log: await readLogFigures(db, committed),
    closings: await countClosings(db),
    board: await readBoard(db, before),
    rebuilt: await readBoard(db, after),
  };
}

async function countTransactions(db: Database): Promise<number> {
  const { rows } = await db.query(
    'select coalesce(sum(changes), 0)::int as count from incident',
  );
  return rows[0]?.count as number;
}
