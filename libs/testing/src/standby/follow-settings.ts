import type { Database } from '#postgres';

/** The settings by which a standby of that name streams from a primary. */
export function followSettings(
  primary: string,
  name: string,
): (readonly [name: string, value: string])[] {
  const url = new URL(primary);
  const parts = {
    host: url.hostname,
    port: url.port,
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    application_name: name,
  };
  return [
    ['primary_conninfo', conninfo(parts)],
    ['primary_slot_name', name],
  ];
}

/** Makes the slot of a standby on its primary, so that it keeps what the standby has not got yet. */
export async function makeSlot(primary: Database, name: string): Promise<void> {
  await primary.query(
    'select pg_create_physical_replication_slot($1, immediately_reserve => true)',
    [name],
  );
}

/** libpq's form of a connection string: names and quoted values. */
function conninfo(parts: Readonly<Record<string, string>>): string {
  return Object.entries(parts)
    .map(([name, value]) => `${name}='${value.replace(/[\\']/g, '\\$&')}'`)
    .join(' ');
}
