/** What a relay process is told, on its stdin: not as arguments, which everybody on the machine can read. */
export interface RelaySettings {
  readonly id: string;
  readonly connectionString: string;
  readonly schema: string;
}

/** The name under which a relay's sessions stand in `pg_stat_activity`. */
export function relaySessionName(id: string): string {
  return `postamt-demo-relay:${id}`;
}

/** The argument by which the demo's own program runs as a relay. */
export const RELAY_COMMAND = 'relay-process';
