import type { ExecutionContext } from '@nestjs/common';
import type { BatchContext, RecordContext } from '#client';

/** Takes something from the record that a handler is called for, or from each of its records. */
export function fromRecords<Part>(
  execution: ExecutionContext,
  take: (record: RecordContext) => Part,
): Part | Part[] {
  const context = execution
    .switchToRpc()
    .getContext<RecordContext | BatchContext>();
  return 'records' in context ? context.records.map(take) : take(context);
}
