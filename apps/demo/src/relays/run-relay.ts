import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Database, Relay } from 'postamt/engine';
import { stderrLogger } from '../progress/stderr-logger.js';
import { relaySessionName, type RelaySettings } from './relay-settings.js';

/**
 * A relay in a process of its own, as long as the demo holds its stdin open. Ctrl-C reaches every process of a terminal:
 * what to do about it is the demo's to decide.
 */
export async function runRelay(): Promise<void> {
  process.on('SIGINT', () => {});
  const input = createInterface({ input: process.stdin });
  const ended = Promise.race([once(input, 'close'), once(process, 'SIGTERM')]);
  const settings = await Promise.race([
    once(input, 'line').then(([line]) => JSON.parse(String(line))),
    ended.then(() => undefined),
  ]);
  if (settings) await moveUntil(ended, settings as RelaySettings);
  process.stdin.destroy();
}

async function moveUntil(
  ended: Promise<unknown>,
  { id, connectionString, schema }: RelaySettings,
): Promise<void> {
  const db = new Database({
    connection: connectionString,
    schema,
    applicationName: relaySessionName(id),
    logger: stderrLogger(`relay ${id}`),
  });
  const relay = new Relay(db, { id });
  try {
    relay.start();
    await ended;
  } finally {
    await relay.stop();
    await db.close();
  }
}
