import { Listener } from '#client';
import { Database } from '#postgres';
import { clock } from '../outbox/open-loop.ts';
import { serveParent } from '../outbox/serve-parent.ts';
import { assignorOf } from './eager-assignor.ts';
import { numberTopic } from './number-topic.ts';
import type { PlayerAsked } from './player.ts';

let running:
  | {
      readonly db: Database;
      readonly listener: Pick<Listener, 'start' | 'stop'>;
    }
  | undefined;
/** Partition and milliseconds of the machine's clock of each record that was handled. */
let handled: number[] = [];

serveParent({
  /** Opens the database and reads what there is to read, so that joining is all that is left. */
  async open({ connectionString, topic, group, protocol }: PlayerAsked) {
    const db = new Database({
      connection: connectionString,
      // Seven such processes, and a server that takes a hundred connections.
      maxConnections: 4,
    });
    await db.query('select 1');
    const listener = new Listener(db, {
      topic: numberTopic(topic),
      group,
      transactional: false,
      assignor: assignorOf(protocol),
      handler: (_, { partition }) => {
        handled.push(partition, clock());
      },
    });
    running = { db, listener };
  },

  async join() {
    await running?.listener.start();
  },

  async leave() {
    await running?.listener.stop();
    await running?.db.close();
  },

  /** What was handled since this was asked last. */
  handled(): Float64Array {
    const given = Float64Array.from(handled);
    handled = [];
    return given;
  },
});
