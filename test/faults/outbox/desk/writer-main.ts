// Writers of the desk in a process of their own: each has its own connection and goes on until stdin is closed. What they
// are told goes as lines of JSON to a file, each line before they go on, so that a kill takes nothing of it.
import { openSync, writeSync } from 'node:fs';
import { Outbox } from '#outbox';
import { Database } from '#postgres';
import { seededRandom } from '../../../support/seeded-random.js';
import { lineOf } from '../../json-lines.js';
import { DeskWriter } from './desk-writer.js';
import { TOPICS } from './topics.js';

/** What the process is told, as JSON in its first argument. */
export interface WriterOrder {
  readonly name: string;
  readonly connectionString: string;
  readonly seed: number;
  /** How many writers it is. */
  readonly writers: number;
  /** Where the history goes. */
  readonly file: string;
}

const order = JSON.parse(process.argv[2] ?? '') as WriterOrder;
const { connectionString, name } = order;
const file = openSync(order.file, 'a');
const db = new Database({
  connection: connectionString,
  applicationName: name,
});
const outbox = await Outbox.open(db, TOPICS);
const writers = Array.from(
  { length: order.writers },
  (_, n) =>
    new DeskWriter({
      name: `${name}-${n}`,
      connectionString,
      outbox,
      random: seededRandom(order.seed + n),
      note: (event) => writeSync(file, lineOf(event)),
    }),
);
process.stdin.resume();
process.stdin.once('close', () => writers.forEach((writer) => writer.stop()));
await Promise.all(writers.map((writer) => writer.run()));
await db.close();
