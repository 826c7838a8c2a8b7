import { Relay } from '#outbox';
import { Database } from '#postgres';
import { secondsOf } from '../timing.ts';
import { RELAY_APPLICATION, type RelayProgress } from './relay-child.ts';
import { serveParent } from './serve-parent.ts';
import { untilMoved } from './until-moved.ts';

let running: { readonly db: Database; readonly relay: Relay } | undefined;

serveParent({
  async start({ connectionString }: { connectionString: string }) {
    const db = new Database({
      connection: connectionString,
      applicationName: RELAY_APPLICATION,
    });
    // What is measured does not include the first connection.
    await db.query('select 1');
    const relay = new Relay(db);
    running = { db, relay };
    relay.start();
  },

  async stop() {
    await running?.relay.stop();
    await running?.db.close();
    running = undefined;
  },

  progress(): RelayProgress {
    const { user, system } = process.cpuUsage();
    const status = running?.relay.status;
    return {
      moved: status?.moved ?? 0,
      error: status?.lastError,
      cpuSeconds: (user + system) / 1e6,
    };
  },

  /** How many seconds a new relay takes from its start until it has moved `count` events. */
  async drain({
    connectionString,
    count,
  }: {
    connectionString: string;
    count: number;
  }): Promise<number> {
    const db = new Database({ connection: connectionString });
    await db.query('select 1');
    const relay = new Relay(db);
    const seconds = await secondsOf(async () => {
      relay.start();
      await untilMoved(count, async () => {
        const { moved, lastError } = relay.status;
        return { moved, error: lastError };
      });
    });
    await relay.stop();
    await db.close();
    return seconds;
  },
});
