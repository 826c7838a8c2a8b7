import type { Database } from 'postamt/engine';
import { RelayProcess } from './relay-process.js';

export interface RelayFleetOptions {
  readonly db: Database;
  readonly connectionString: string;
  readonly ids: readonly string[];
}

/** Relays in processes of their own. */
export class RelayFleet {
  readonly relays: readonly RelayProcess[];

  constructor({ db, connectionString, ids }: RelayFleetOptions) {
    this.relays = ids.map(
      (id) => new RelayProcess(db, { id, connectionString, schema: db.schema }),
    );
  }

  /** Resolves when each of them stands in the database. */
  async ready(signal: AbortSignal): Promise<void> {
    await Promise.all(this.relays.map((relay) => relay.ready(signal)));
  }

  async stop(): Promise<void> {
    await Promise.all(this.relays.map((relay) => relay.stop()));
  }
}
