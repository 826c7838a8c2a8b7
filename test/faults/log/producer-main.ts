// A producer in a process of its own: sends until its stdin is closed, and writes its history as lines of JSON to a file,
// each line before it goes on, so that a kill takes nothing of it.
import { openSync, writeSync } from 'node:fs';
import { Database } from '#postgres';
import type { SendAcks } from '#testing';
import { seededRandom } from '../../support/seeded-random.js';
import { APPENDERS, type AppenderKind } from './appenders.js';
import { lineOf } from '../json-lines.js';
import { ProducerLoop } from './producer-loop.js';
import { RecordingProducer } from './recording-producer.js';

/** What the process is told, as JSON in its first argument. */
export interface ProducerOrder {
  readonly name: string;
  readonly kind: AppenderKind;
  readonly acks: SendAcks;
  readonly connectionString: string;
  readonly topic: string;
  readonly partitions: number;
  readonly seed: number;
  /** Where the history goes. */
  readonly file: string;
}

/** Whoever waits for no answer has to be held back, or sends more than the log takes. */
const PAUSE_MS = { 0: 25, 1: 4, all: 4 } as const;

const order = JSON.parse(process.argv[2] ?? '') as ProducerOrder;
const { name, acks, topic, partitions } = order;
const file = openSync(order.file, 'a');
const db = new Database({
  connection: order.connectionString,
  applicationName: name,
});
const appender = await APPENDERS[order.kind]({ db, topic, acks });
const producer = new RecordingProducer({
  name,
  appender,
  acks,
  note: (event) => writeSync(file, lineOf(event)),
});
const loop = new ProducerLoop(producer, {
  name,
  partitions,
  inFlight: appender.inFlight,
  pauseMs: PAUSE_MS[acks],
  random: seededRandom(order.seed),
});
process.stdin.resume();
process.stdin.once('close', () => loop.stop());
await loop.run();
await appender.close();
await db.close();
