// A producer of letters and parcels in a process of its own: sends until its stdin is closed. What it was told of that
// matters to nobody: members are held against what stands in the log.
import { Producer } from '#client';
import { sleep } from '#kernel';
import { Database } from '#postgres';
import { seededRandom } from '../../../support/seeded-random.js';
import { TOPICS } from '../letters.js';

/** What the process is told, as JSON in its first argument. */
export interface ProducerOrder {
  readonly name: string;
  readonly connectionString: string;
  readonly seed: number;
}

const KEYS = 40;
const PAUSE_MS = 40;

const order = JSON.parse(process.argv[2] ?? '') as ProducerOrder;
const { connectionString, name } = order;
const random = seededRandom(order.seed);
const db = new Database({
  connection: connectionString,
  applicationName: name,
  queryTimeoutMs: 5_000,
});
const producer = await Producer.open(db, TOPICS, {
  metadataMaxAgeMs: 500,
  deliveryTimeoutMs: 30_000,
});
let sent = 0;
const stopping = new AbortController();

/** One record in ten has no key. */
function nextRecord() {
  sent += 1;
  const key = random() < 0.1 ? null : `k${Math.floor(random() * KEYS)}`;
  return { key, value: { n: sent }, headers: { id: `${name}-${sent}` } };
}

process.stdin.resume();
process.stdin.once('close', () => stopping.abort());
while (!stopping.signal.aborted) {
  const topic = TOPICS[random() < 0.75 ? 0 : 1];
  const count = 1 + Math.floor(random() * 8);
  const records = Array.from({ length: count }, nextRecord);
  // The server may be away: what was not told stands in the log or does not.
  producer.send(topic, records).catch(() => {});
  await sleep(PAUSE_MS * random());
}
await producer.close();
await db.close();
