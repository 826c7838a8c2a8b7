import { GroupMaintenance } from '#groups';
import { LogMaintenance } from '#log';
import { OutboxMaintenance } from '#outbox';
import type { Database } from '#postgres';
import type { MaintenanceOptions } from '../module/postamt-module-options.js';

/** What keeps log, outbox and groups in order in this process. */
export class Maintenance {
  readonly #log: LogMaintenance;
  readonly #outbox: OutboxMaintenance;
  readonly #groups: GroupMaintenance;

  constructor(db: Database, { outbox, groups, ...log }: MaintenanceOptions) {
    this.#log = new LogMaintenance(db, log);
    this.#outbox = new OutboxMaintenance(db, outbox);
    this.#groups = new GroupMaintenance(db, groups);
  }

  start(): void {
    this.#log.start();
    this.#outbox.start();
    this.#groups.start();
  }

  async stop(): Promise<void> {
    const parts = [this.#log, this.#outbox, this.#groups];
    await Promise.all(parts.map((part) => part.stop()));
  }
}
