// A relay in a process of its own, with the outbox's maintenance: runs until stdin is closed.
import { OutboxMaintenance, Relay } from '#outbox';
import { Database } from '#postgres';

/** What the process is told, as JSON in its first argument. */
export interface RelayOrder {
  /** Of the relay, and of its sessions. */
  readonly name: string;
  readonly connectionString: string;
}

const order = JSON.parse(process.argv[2] ?? '') as RelayOrder;
const db = new Database({
  connection: order.connectionString,
  applicationName: order.name,
});
// What was committed while nobody could be told is found within a second.
const relay = new Relay(db, { id: order.name, pollIntervalMs: 1_000 });
relay.start();
// Nothing is kept, so that parts are cleaned under fire.
const maintenance = new OutboxMaintenance(db, {
  retentionMs: 1,
  eventIdRetentionMs: 1_000,
  intervalMs: 100,
});
maintenance.start();
process.stdin.resume();
process.stdin.once('close', () => {
  void Promise.all([relay.stop(), maintenance.stop()]).then(() => db.close());
});
