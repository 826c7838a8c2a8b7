import type { Database } from '#postgres';
import { writeOffsetAndEpoch } from '#records';
import {
  leafPageText,
  storedBatch,
  type StoredBatch,
} from './sql/leaf-pages.js';

/**
 * Reads a sealed leaf page by page, by partition and offset, with offsets and leader epochs filled in. Each page is a
 * statement of its own, so that nothing holds a snapshot meanwhile: a sealed leaf does not change.
 */
export async function* readLeaf(
  db: Database,
  leaf: string,
): AsyncGenerator<readonly StoredBatch[]> {
  let behind = { partitionId: -1, baseOffset: -1n };
  for (;;) {
    const rows = await db.copyOut(leafPageText(db.schema, leaf, behind));
    const page = rows.map(storedBatch);
    const last = page.at(-1);
    if (!last) return;
    for (const { bytes, baseOffset, leaderEpoch } of page)
      writeOffsetAndEpoch(bytes, baseOffset, leaderEpoch);
    yield page;
    behind = last;
  }
}
