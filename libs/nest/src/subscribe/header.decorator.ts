import { createParamDecorator } from '@nestjs/common';
import { fromRecords } from './from-records.js';
import { headerTexts } from './header-texts.js';

/**
 * The text of a record's header, undefined where it has none of that name; of a batch, an array of them. Where a name
 * comes more than once, the last one counts. Bytes that are no text are in `record.headers`. Pipes may follow.
 *
 * @example
 * @Subscribe(incidents, { group: 'board' })
 * async onChange(@Payload() change: IncidentChanged, @Header('trace-id') traceId: string | undefined) { … }
 */
export const Header = createParamDecorator((name: string, execution) =>
  fromRecords(execution, ({ headers }) => headerTexts(headers)[name]),
);
