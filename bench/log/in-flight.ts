import { randomBytes } from 'node:crypto';
import type { Client } from 'pg';
import { encodeRecordBatch } from '#records';
import { secondsOf } from '../timing.ts';
import type { Bench } from '../bench.ts';
import { openProducer } from './engine.ts';
import { compared, perSecond, type Figure } from '../figure.ts';
import { makePlainTable, plainInsertOf } from './latency.ts';
import { bytesTopic, VALUE_BYTES } from './load.ts';

const IN_FLIGHT = 256;
const SENDS = 50_000;
const INSERTS = 6_000;
/** As many connections as the engine writes over. */
const CONNECTIONS = 2;

/** Calls of one record each, 256 at any time, against as many plain INSERTs over as many connections, pipelined alike. */
export async function inFlight(bench: Bench): Promise<Figure[]> {
  const topic = bytesTopic('in-flight');
  const producer = await openProducer(bench.db, [topic]);
  const value = randomBytes(VALUE_BYTES);
  const keys = Array.from({ length: 1_000 }, (_, n) => Buffer.from(`key-${n}`));
  const insert = await inserts(bench, value);
  const measured = await bench.measure({
    ours: async () =>
      rateOf(bench.scaled(SENDS), (n) =>
        producer.send(topic, { key: keys[n % keys.length] as Buffer, value }),
      ),
    peer: async () => rateOf(bench.scaled(INSERTS), insert),
  });
  await producer.close();
  return [
    compared({
      name: 'in-flight',
      what: `${IN_FLIGHT} sends in flight, one record each`,
      against: `${IN_FLIGHT} one-row INSERTs in flight, ${CONNECTIONS} connections`,
      measured,
      show: perSecond,
      target: { atLeast: 3 },
    }),
  ];
}

/** How many calls a second end, `IN_FLIGHT` being under way at any time. */
export async function rateOf(
  count: number,
  act: (n: number) => Promise<unknown>,
): Promise<number> {
  let next = 0;
  const work = async () => {
    while (next < count) await act((next += 1));
  };
  const workers = Array.from({ length: IN_FLIGHT }, () => work);
  const seconds = await secondsOf(() =>
    Promise.all(workers.map(async (run) => run())),
  );
  return count / seconds;
}

async function inserts(
  bench: Bench,
  value: Buffer,
): Promise<(n: number) => Promise<unknown>> {
  const record = { timestamp: Date.now(), key: Buffer.from('key-1'), value };
  const batch = encodeRecordBatch([record]);
  const clients: Client[] = [];
  for (let n = 0; n < CONNECTIONS; n += 1)
    clients.push(await bench.client({ pipeline: true }));
  await makePlainTable(await bench.client());
  return async (n) => clients[n % CONNECTIONS]?.query(plainInsertOf(batch));
}
