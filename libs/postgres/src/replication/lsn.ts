/**
 * A position in the WAL as a number, of what Postgres writes as `16/B374D848`.
 *
 * @throws RangeError for a text that is no position; the server makes them
 */
export function parseLsn(text: string): bigint {
  const [, high, low] = /^([0-9A-F]{1,8})\/([0-9A-F]{1,8})$/i.exec(text) ?? [];
  if (high === undefined || low === undefined)
    throw new RangeError(`${JSON.stringify(text)} is no position in the WAL`);
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}

/** A position in the WAL as Postgres writes it. */
export function formatLsn(lsn: bigint): string {
  return `${hex(lsn >> 32n)}/${hex(lsn & 0xffff_ffffn)}`;
}

function hex(part: bigint): string {
  return part.toString(16).toUpperCase();
}
