import { createParamDecorator } from '@nestjs/common';
import { fromRecords } from './from-records.js';
import { headerTexts } from './header-texts.js';

/**
 * The headers of a record as text, by name; of a batch, an array of them. Where a name comes more than once, the last one
 * counts; `record.headers` has them all, as bytes.
 *
 * @example
 * @Subscribe(incidents, { group: 'board' })
 * async onChange(@Payload() change: IncidentChanged, @Headers() headers: Record<string, string | null>) { … }
 */
export const Headers = createParamDecorator((_data: unknown, execution) =>
  fromRecords(execution, ({ headers }) => headerTexts(headers)),
);
