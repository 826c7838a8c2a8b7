const MOST_BYTES = 63;

/**
 * The name under which a relay's connections stand in `pg_stat_activity`. Postgres keeps 63 bytes of it; cut here, the
 * name is what a look-up there has to ask for.
 */
export function applicationName(relayId: string): string {
  const bytes = Buffer.from(`postamt-relay:${relayId}`);
  let end = Math.min(bytes.length, MOST_BYTES);
  // Not inside a character: in UTF-8 its later bytes begin with the bits 10.
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end);
}
