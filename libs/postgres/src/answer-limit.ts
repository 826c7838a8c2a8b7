import type { ClientBase, Pool } from 'pg';

/** What of a client's socket is used; a `stream` of the caller's own may lack `setTimeout`. */
interface Wire {
  readonly bytesRead: number;
  setTimeout?(milliseconds: number): unknown;
  on(event: 'timeout', listener: () => void): unknown;
  off(event: 'timeout', listener: () => void): unknown;
  destroy(error?: Error): unknown;
}

/** How long a connection that was closed waits for the other side to close too; idle in a pool it is for less. */
const LINGER_MS = 30_000;

/**
 * Waits for `act`, which waits for answers on `client`, and breaks the connection once nothing has come for `limitMs`
 * (0 = never), so that `act` fails as it does whenever a connection is lost. Without it whoever asks on a half-open
 * connection waits until the kernel has given up sending, about a quarter of an hour (Linux, `tcp_retries2`), and
 * behind a proxy that goes on acknowledging for ever.
 *
 * Not pg's `query_timeout`: that one leaves the connection waiting, where ROLLBACK would queue behind the answer that
 * never comes, and it knows nothing of COPY.
 */
export async function answeredWithin<Result>(
  client: ClientBase,
  limitMs: number,
  act: () => Promise<Result>,
): Promise<Result> {
  const wire = wireOf(client);
  if (limitMs === 0 || !wire.setTimeout) return act();
  let isOver = false;
  const breakOff = (before: number) => {
    if (isOver || wire.bytesRead !== before) return;
    wire.destroy(new Error(`no answer for ${limitMs} ms`));
  };
  // A process that was stopped finds its timers due before it has read what came meanwhile: it reads first.
  const suspect = () => void setImmediate(breakOff, wire.bytesRead);
  wire.on('timeout', suspect);
  wire.setTimeout(limitMs);
  try {
    return await act();
  } finally {
    isOver = true;
    wire.setTimeout(0);
    wire.off('timeout', suspect);
  }
}

/**
 * Has the connections that a pool closes dropped where the other side does not close them too: half-open, they would
 * keep the process from ending.
 */
export function dropHalfClosed(pool: Pool): void {
  pool.on('connect', (client) => {
    const wire = wireOf(client);
    wire.on('timeout', () => {
      if (isEnding(client)) wire.destroy();
    });
  });
  pool.on('acquire', (client) => wireOf(client).setTimeout?.(0));
  pool.on('release', (_, client) => wireOf(client).setTimeout?.(LINGER_MS));
}

function wireOf(client: ClientBase): Wire {
  return (client as unknown as { connection: { stream: Wire } }).connection
    .stream;
}

function isEnding(client: ClientBase): boolean {
  return (client as unknown as { _ending: boolean })._ending;
}
