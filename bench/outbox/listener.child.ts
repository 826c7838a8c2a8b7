import { Database } from '#postgres';
import { CountingListener } from './counting-listener.ts';
import { serveParent } from './serve-parent.ts';

let running:
  { readonly db: Database; readonly listener: CountingListener } | undefined;

serveParent({
  async start({
    connectionString,
    count,
  }: {
    connectionString: string;
    count: number;
  }) {
    const db = new Database({ connection: connectionString });
    const listener = new CountingListener(db, count);
    running = { db, listener };
    await listener.start();
  },

  async stopWhenDone(): Promise<Float64Array | undefined> {
    const handed = await running?.listener.stopWhenDone();
    await running?.db.close();
    return handed;
  },
});
