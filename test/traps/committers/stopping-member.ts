// A member in a process of its own that stops (SIGSTOP) between the check of its commit and COMMIT. Continued, it goes on
// to COMMIT, and ends with 0 where that is refused.
import { commitOffsets, Membership } from '#groups';
import { Database } from '#postgres';
import { GROUP, TOPIC } from './group-scene.js';

/** What the process is told, as JSON in its first argument. */
export interface StoppingOrder {
  readonly connectionString: string;
}

const order = JSON.parse(process.argv[2] ?? '') as StoppingOrder;
const db = new Database({
  connection: order.connectionString,
  applicationName: 'stopping',
});
const member = await Membership.join(db, {
  group: GROUP,
  topics: [TOPIC],
  sessionTimeoutMs: 800,
  heartbeatIntervalMs: 100,
});
const committed = await db
  .transaction(async (tx) => {
    await commitOffsets(
      tx,
      member.owned.map((partition) => ({
        partition,
        previous: null,
        next: 3n,
      })),
    );
    await tx.query('insert into effects (record) values (0), (1), (2)');
    process.kill(process.pid, 'SIGSTOP');
    // Only now, as who stopped knows of nothing.
    await tx.query('select 1');
  })
  .then(
    () => true,
    () => false,
  );
await member.leave();
await db.close();
process.exitCode = committed ? 1 : 0;
process.stdin.destroy();
