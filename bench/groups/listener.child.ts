import { Database } from '#postgres';
import { serveParent } from '../outbox/serve-parent.ts';
import { TimedListener, type TimedListening } from './timed-listener.ts';

let running:
  { readonly db: Database; readonly listener: TimedListener } | undefined;

serveParent({
  async start({
    connectionString,
    listening,
  }: {
    connectionString: string;
    listening: TimedListening;
  }) {
    const db = new Database({ connection: connectionString });
    const listener = new TimedListener(db, listening);
    running = { db, listener };
    await listener.start();
  },

  async stopWhenDone(): Promise<Float64Array | undefined> {
    const handed = await running?.listener.stopWhenDone();
    await running?.db.close();
    return handed;
  },
});
