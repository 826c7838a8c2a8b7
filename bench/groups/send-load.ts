import type { Database } from '#postgres';
import { openProducer } from '../log/engine.ts';
import { callsOf, clock, openLoop, type Load } from '../outbox/open-loop.ts';
import { numbered, numberTopic } from './number-topic.ts';

/** When the records of a load went, by their numbers, in milliseconds of the machine's clock. */
export interface Sent {
  /** When `send` was to be called. */
  readonly due: Float64Array;
  /** When it had said that the record is appended. */
  readonly appended: Float64Array;
}

/** Sends records one by one, as many a second as the load says, whatever has become of those before. */
export async function sendLoad(
  db: Database,
  topicName: string,
  load: Load,
): Promise<Sent> {
  const topic = numberTopic(topicName);
  const producer = await openProducer(db, [topic]);
  const count = callsOf(load);
  const sent = {
    due: new Float64Array(count),
    appended: new Float64Array(count),
  };
  await openLoop(load, async (n, due) => {
    sent.due[n] = due;
    await producer.send(topic, numbered(n));
    sent.appended[n] = clock();
  });
  await producer.close();
  return sent;
}
