import type { RelayStatus } from '#outbox';

/** What a probe is told. */
export interface Health {
  readonly status: 'ok' | 'failing';
  /** Why it is failing. */
  readonly reason?: string;
  readonly relay: RelayStatus;
  readonly postgres: 'ok' | 'failing';
}

/**
 * Judges by the relay's own word and by Postgres' answer: undefined where it answered, else what came in its place. A
 * relay that was not started waits for Postgres.
 */
export function judgeHealth(
  relay: RelayStatus,
  postgresFault: string | undefined,
): Health {
  const postgres = postgresFault === undefined ? 'ok' : 'failing';
  const reason = postgresFault ?? relayFault(relay);
  if (reason === undefined) return { status: 'ok', relay, postgres };
  return { status: 'failing', reason, relay, postgres };
}

function relayFault({ state, lastError }: RelayStatus): string | undefined {
  if (state === 'running') return undefined;
  return lastError ?? `the relay is ${state}`;
}
