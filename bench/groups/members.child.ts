import { Listener } from '#client';
import { Database } from '#postgres';
import { serveParent } from '../outbox/serve-parent.ts';
import { MEMBERS_APPLICATION, type MembersAsked } from './members-child.ts';
import { numberTopic } from './number-topic.ts';

let running:
  | {
      readonly db: Database;
      readonly listeners: readonly Pick<Listener, 'start' | 'stop'>[];
    }
  | undefined;

serveParent({
  /** Opens the database and reads what there is to read, so that joining is all that is left. */
  async open({
    connectionString,
    topic,
    group,
    members,
  }: MembersAsked): Promise<void> {
    const db = new Database({
      connection: connectionString,
      applicationName: MEMBERS_APPLICATION,
      // Ten such processes join at once, and a server takes a hundred connections unless it is told otherwise.
      maxConnections: 4,
    });
    await db.query('select 1');
    const listeners = Array.from(
      { length: members },
      () =>
        new Listener(db, {
          topic: numberTopic(topic),
          group,
          handler: () => {},
        }),
    );
    running = { db, listeners };
  },

  async join() {
    const { listeners = [] } = running ?? {};
    await Promise.all(listeners.map(async (each) => each.start()));
  },

  async leave() {
    const { listeners = [], db } = running ?? {};
    await Promise.all(listeners.map(async (each) => each.stop()));
    await db?.close();
  },

  /** What the whole process has used of processors since it began. */
  cpuSeconds(): number {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  },
});
