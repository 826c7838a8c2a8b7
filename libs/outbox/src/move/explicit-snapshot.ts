/**
 * The same snapshot with every transaction that was open named in it. Postgres' own ends behind the last transaction that
 * was *completed*: one with a later id may have been open then, and may have drawn ids of events, without being named.
 * `highXid` is an id of a transaction that was given out after the snapshot was taken: whoever has that one or a later
 * one, and is not named here, began to write after it.
 *
 * Source: `GetSnapshotData` in procarray.c: xmax is latestCompletedXid + 1.
 */
export function explicitSnapshot(snapshot: string, highXid: bigint): string {
  const [xmin = '', xmax = '', open = ''] = snapshot.split(':');
  const end = BigInt(xmax);
  if (highXid <= end) return snapshot;
  const named = open === '' ? [] : open.split(',');
  for (let xid = end; xid < highXid; xid += 1n) named.push(String(xid));
  return `${xmin}:${highXid}:${named.join(',')}`;
}
