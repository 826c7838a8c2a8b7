/** How many transactions are named at most: each is looked up in every shard at each move until it has ended. */
const MOST_NAMED = 500;

/**
 * The same snapshot with every transaction that was open named in it. Postgres' own ends behind the last transaction that
 * was *completed*: one with a later id may have been open then, and may have drawn ids of events, without being named.
 * `highXid` is an id of a transaction that was given out after the snapshot was taken: whoever has that one or a later
 * one, and is not named here, began to write after it. Undefined where too many would be named: transactions within a
 * transaction (savepoints, exception blocks) have ids too, and the move after one with 20,000 of them took 16 s.
 *
 * Source: `GetSnapshotData` in procarray.c: xmax is latestCompletedXid + 1.
 */
export function explicitSnapshot(
  snapshot: string,
  highXid: bigint,
): string | undefined {
  const [xmin = '', xmax = '', open = ''] = snapshot.split(':');
  const end = BigInt(xmax);
  if (highXid <= end) return snapshot;
  if (highXid - end > MOST_NAMED) return undefined;
  const named = open === '' ? [] : open.split(',');
  for (let xid = end; xid < highXid; xid += 1n) named.push(String(xid));
  return `${xmin}:${highXid}:${named.join(',')}`;
}
