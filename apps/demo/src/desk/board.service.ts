import {
  Injectable,
  type OnApplicationBootstrap,
  type BeforeApplicationShutdown,
} from '@nestjs/common';
import { Database } from 'postamt';
import {
  rebuild,
  type RebuildResult,
  type RunningProjection,
} from 'postamt/event-sourcing';
import { board } from './board.projection.js';
import { DeskDatabase } from './desk-database.js';

const CONCURRENCY = 3;

/** The board: filled while the application runs, built anew when asked. */
@Injectable()
export class Board
  implements OnApplicationBootstrap, BeforeApplicationShutdown
{
  readonly #db: Database;
  readonly #desk: DeskDatabase;
  #running: RunningProjection | undefined;

  constructor(db: Database, desk: DeskDatabase) {
    this.#db = db;
    this.#desk = desk;
  }

  async onApplicationBootstrap(): Promise<void> {
    this.#running = await board.start(this.#db, { concurrency: CONCURRENCY });
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.#running?.stop();
  }

  /** The version that readers see. */
  get version(): number {
    return this.#running?.version ?? 0;
  }

  /** How many changes stand on the board, counted in the table of `version` or in what readers see. */
  async changes(version?: number): Promise<number> {
    const table =
      version === undefined ? 'board' : (`board_v${version}` as const);
    const { total } = await this.#desk
      .selectFrom(table as 'board')
      .select((eb) =>
        eb.fn.coalesce(eb.fn.sum<string>('changes'), eb.lit(0)).as('total'),
      )
      .executeTakeFirstOrThrow();
    return Number(total);
  }

  /** How many changes the version has that is being built; 0 when none is. */
  async rebuilt(): Promise<number> {
    const { rows } = await this.#db.query(
      `select version from ${this.#db.schema}.projections where name = $1 and state = 'building'`,
      [board.name],
    );
    const version = rows[0]?.version as number | undefined;
    return version === undefined ? 0 : this.changes(version);
  }

  /** Builds the board anew beside the one that readers see, and switches them over. */
  async rebuild(signal: AbortSignal): Promise<RebuildResult> {
    return rebuild(this.#db, board, { concurrency: CONCURRENCY, signal });
  }
}
