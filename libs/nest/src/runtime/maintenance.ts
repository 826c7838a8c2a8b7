import { LogMaintenance } from '#log';
import { OutboxMaintenance } from '#outbox';
import type { Database } from '#postgres';
import type { MaintenanceOptions } from '../module/postamt-module-options.js';

/** What keeps log and outbox in order in this process. */
export class Maintenance {
  readonly #log: LogMaintenance;
  readonly #outbox: OutboxMaintenance;

  constructor(db: Database, { outbox, ...log }: MaintenanceOptions) {
    this.#log = new LogMaintenance(db, log);
    this.#outbox = new OutboxMaintenance(db, outbox);
  }

  start(): void {
    this.#log.start();
    this.#outbox.start();
  }

  async stop(): Promise<void> {
    await Promise.all([this.#log.stop(), this.#outbox.stop()]);
  }
}
