import { Injectable } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { Subscribe, type RecordContext } from 'postamt';
import { incidents, type IncidentChanged } from './incidents.topic.js';
import type { Tables } from './tables.js';

/** Writes down each closing of an incident, in the transaction in which the group's offset commits: each one once. */
@Injectable()
export class ClosedNotifier {
  @Subscribe(incidents, { group: 'closed-notifier' })
  async onChange(
    @Payload() change: IncidentChanged,
    @Ctx() record: RecordContext<Tables, string>,
  ): Promise<void> {
    if (change.status !== 'Completed' || change.subStatus !== 'Closed') return;
    const closing = {
      incident_id: record.key ?? '',
      seq: change.seq,
      closed_at: new Date(change.at),
    };
    await record.tx.insertInto('closing').values(closing).execute();
  }
}
