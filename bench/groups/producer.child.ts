import { Database } from '#postgres';
import type { Load } from '../outbox/open-loop.ts';
import { serveParent } from '../outbox/serve-parent.ts';
import { sendLoad, type Sent } from './send-load.ts';

serveParent({
  async send({
    connectionString,
    topic,
    load,
  }: {
    connectionString: string;
    topic: string;
    load: Load;
  }): Promise<Sent> {
    const db = new Database({ connection: connectionString });
    const sent = await sendLoad(db, topic, load);
    await db.close();
    return sent;
  },
});
