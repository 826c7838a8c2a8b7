import { createParamDecorator } from '@nestjs/common';
import { fromRecords } from './from-records.js';

/**
 * The record's key, null where it has none; of a batch, an array of them. Pipes may follow.
 *
 * @example
 * @Subscribe(incidents, { group: 'board' })
 * async onChange(@Payload() change: IncidentChanged, @Key() incidentId: string) { … }
 */
export const Key = createParamDecorator((_data: unknown, execution) =>
  fromRecords(execution, ({ key }) => key),
);
