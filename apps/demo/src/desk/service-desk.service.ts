import { Injectable } from '@nestjs/common';
import { Outbox } from 'postamt';
import type { IncidentRow } from '../input/incident-row.js';
import { DeskDatabase } from './desk-database.js';
import { incidents } from './incidents.topic.js';
import { StaleChange } from './stale-change.js';

/** What the desk does: its business transactions. */
@Injectable()
export class ServiceDesk {
  readonly #desk: DeskDatabase;
  readonly #outbox: Outbox;

  constructor(desk: DeskDatabase, outbox: Outbox) {
    this.#desk = desk;
    this.#outbox = outbox;
  }

  /**
   * Changes an incident, or opens it, and publishes `IncidentChanged` in the same transaction: both or none.
   *
   * @throws StaleChange when the incident is as far already
   */
  async change(row: IncidentRow): Promise<void> {
    const { incidentId: key, at, ...details } = row;
    await this.#desk.transaction().execute(async (tx) => {
      const changed = await tx
        .insertInto('incident')
        .values({
          id: key,
          seq: row.seq,
          status: row.status,
          sub_status: row.subStatus,
          impact: row.impact,
          product: row.product,
          support_group: row.supportGroup,
          changed_at: new Date(at),
        })
        .onConflict((conflict) =>
          conflict
            .column('id')
            .doUpdateSet((eb) => ({
              seq: eb.ref('excluded.seq'),
              status: eb.ref('excluded.status'),
              sub_status: eb.ref('excluded.sub_status'),
              impact: eb.ref('excluded.impact'),
              product: eb.ref('excluded.product'),
              support_group: eb.ref('excluded.support_group'),
              changed_at: eb.ref('excluded.changed_at'),
              changes: eb('incident.changes', '+', 1),
            }))
            .whereRef('incident.seq', '<', 'excluded.seq'),
        )
        .executeTakeFirst();
      if (changed.numInsertedOrUpdatedRows !== 1n) throw new StaleChange(row);
      const value = { ...details, at };
      await this.#outbox.publish(tx, incidents, { key, value, timestamp: at });
    });
  }

  /** The `seq` of each incident as committed: how far the desk is. */
  async committed(): Promise<Map<string, number>> {
    const rows = await this.#desk
      .selectFrom('incident')
      .select(['id', 'seq'])
      .execute();
    return new Map(rows.map(({ id, seq }) => [id, seq]));
  }
}
