// Members of a group in a process of their own: read until stdin is closed or SIGTERM comes, then leave. What they do goes
// as lines of JSON to a file, each line before they go on, so that a kill takes nothing of it.
import { openSync, writeSync } from 'node:fs';
import { Database } from '#postgres';
import { seededRandom } from '../../../support/seeded-random.js';
import { lineOf } from '../../json-lines.js';
import { MemberBook } from '../member-book.js';
import { bookLogger } from './book-logger.js';
import { ConsumerMember } from './consumer-member.js';
import { ListenerMember } from './listener-member.js';
import type { Member } from './member.js';
import type { MemberOrder } from './member-order.js';
import { SlowHand } from './slow-hand.js';

/** Answers that are lost are not waited for longer than that. */
const QUERY_TIMEOUT_MS = 5_000;

const order = JSON.parse(process.argv[2] ?? '') as MemberOrder;
const file = openSync(order.file, 'a');

/** One member, with connections of its own: as if it were alone in its process. */
function openMember(n: number): { db: Database; member: Member } {
  const name = order.members === 1 ? order.name : `${order.name}.${n}`;
  const book = new MemberBook(name, (event) => writeSync(file, lineOf(event)));
  const db = new Database({
    connection: order.connectionString,
    applicationName: name,
    queryTimeoutMs: QUERY_TIMEOUT_MS,
    logger: bookLogger(book),
  });
  const hand = new SlowHand(seededRandom(order.seed + n));
  const parts = { db, order, book, hand };
  const isConsumer = order.kind === 'auto' || order.kind === 'manual';
  const member = isConsumer
    ? new ConsumerMember(parts)
    : new ListenerMember(parts);
  book.note('starts');
  return { db, member };
}

const ending = Promise.withResolvers<void>();
process.stdin.resume();
process.stdin.once('close', () => ending.resolve());
process.once('SIGTERM', () => ending.resolve());
const opened = Array.from({ length: order.members }, (_, n) => openMember(n));
await Promise.all(opened.map(({ member }) => member.start()));
await ending.promise;
await Promise.all(opened.map(({ member }) => member.stop()));
await Promise.all(opened.map(({ db }) => db.close()));
process.stdin.destroy();
