import { PostamtError } from '#kernel';
import type { SqlExecutor } from '#postgres';
import { claimIds } from '../sql/claim-ids.js';
import type { EncodedEvent } from './encode-event.js';
import type { PublishOptions } from './outbox-event.js';

type OnDuplicate = NonNullable<PublishOptions['onDuplicate']>;

const WAYS: readonly unknown[] = ['refuse', 'ignore'] satisfies OnDuplicate[];
const MOST_IDS_SHOWN = 10;

/**
 * Looks for ids that are given twice in one call; no SQL has been sent yet when it throws.
 *
 * @throws PostamtError DUPLICATE_EVENT_ID, unless duplicates are ignored; INVALID_VALUE for another way
 */
export function repeatedEvents(
  events: readonly EncodedEvent[],
  onDuplicate: OnDuplicate,
): Set<EncodedEvent> {
  if (!WAYS.includes(onDuplicate))
    throw new PostamtError(
      'INVALID_VALUE',
      `onDuplicate is ${JSON.stringify(onDuplicate)}: give "refuse" or "ignore"`,
    );
  const seen = new Set<string>();
  const repeated = new Set<EncodedEvent>();
  for (const event of events) {
    if (event.ownId && seen.has(event.id)) repeated.add(event);
    seen.add(event.id);
  }
  if (repeated.size > 0 && onDuplicate === 'refuse')
    throw duplicate([...repeated], 'given twice in one call');
  return repeated;
}

/**
 * Claims the ids that the caller chose, in the caller's transaction, and resolves to the events whose id was claimed
 * before. An id that another transaction has claimed is waited for until that ends: after its COMMIT it is a duplicate,
 * after a ROLLBACK it is free.
 *
 * @throws PostamtError DUPLICATE_EVENT_ID, unless duplicates are ignored; nothing of this call is claimed then
 */
export async function claimEvents(
  executor: SqlExecutor,
  schema: string,
  events: readonly EncodedEvent[],
  onDuplicate: OnDuplicate,
): Promise<Set<EncodedEvent>> {
  const chosen = events.filter(({ ownId }) => ownId);
  if (chosen.length === 0) return new Set();
  const { rows } = await executor.query(claimIds(schema), [
    chosen.map(({ id }) => id).join(','),
    onDuplicate === 'refuse',
  ]);
  const known = new Set(rows.map((row) => row.id as string));
  const duplicates = chosen.filter(({ id }) => known.has(id));
  if (duplicates.length > 0 && onDuplicate === 'refuse')
    throw duplicate(duplicates, 'published before');
  return new Set(duplicates);
}

function duplicate(events: readonly EncodedEvent[], how: string): PostamtError {
  const ids = events.slice(0, MOST_IDS_SHOWN).map(({ id }) => id);
  const further = events.length - ids.length;
  const others = further > 0 ? ` and ${further} more` : '';
  return new PostamtError(
    'DUPLICATE_EVENT_ID',
    `of ${ids.join(', ')}${others} an event was ${how}; nothing of this call was written. { onDuplicate: 'ignore' } leaves such events out`,
  );
}
