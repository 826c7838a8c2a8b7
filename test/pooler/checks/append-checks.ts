import { deepEqual, equal, rejects } from 'node:assert/strict';
import { Producer, rawTopic } from '#client';
import { append, Catalogue, createTopic, LogWriter, rollSegment } from '#log';
import { readLog } from '#testing';
import type { PoolerCheck } from '../pooler-check.ts';
import { batchOf } from './batch-of.ts';

const SENDERS = 50;
const ROUNDS = 20;
const RECORDS = 1_000;

/** Appends and what is read back of them. */
export const appendChecks: readonly PoolerCheck[] = [
  {
    name: 'appends to several partitions stand where they were said to stand, across a roll',
    run: async (stage) => {
      const db = stage.open();
      const catalogue = new Catalogue(db);
      await createTopic(db, { name: 'plain', partitions: 3 });
      const offsets: bigint[] = [];
      for (let n = 0; n < 20; n += 1) {
        if (n === 10) await rollSegment(db, 'plain');
        const appended = await append(
          db,
          catalogue,
          [0, 1, 2].map((partition) => ({
            topic: 'plain',
            partition,
            batch: batchOf(`${n}`),
          })),
        );
        offsets.push(...appended.map(({ baseOffset }) => baseOffset));
      }
      deepEqual(
        offsets,
        Array.from({ length: 60 }, (_, n) => BigInt(Math.floor(n / 3))),
      );
      for (const { offset, value } of await readLog(db, 'plain'))
        equal(String(value), String(offset));
    },
  },
  {
    name: 'group commit of 50 senders at once: each value once, offsets gapless',
    run: async (stage) => {
      const db = stage.open();
      await createTopic(db, { name: 'shared', partitions: 4 });
      const writer = new LogWriter(db, new Catalogue(db));
      const send = async (sender: number) => {
        for (let round = 0; round < ROUNDS; round += 1) {
          const batch = batchOf(`${sender}-${round}`);
          const partition = sender % 4;
          await writer.append([{ topic: 'shared', partition, batch }]);
        }
      };
      await Promise.all(Array.from({ length: SENDERS }, (_, n) => send(n)));
      await writer.close();
      const log = await readLog(db, 'shared');
      equal(new Set(log.map(({ value }) => String(value))).size, log.length);
      equal(log.length, SENDERS * ROUNDS);
      for (const partition of [0, 1, 2, 3]) {
        const own = log.filter((record) => record.partition === partition);
        own.forEach(({ offset }, n) => equal(offset, BigInt(n)));
      }
    },
  },
  {
    name: 'an idempotent producer writes each record once, in order; what is refused fails nothing else',
    run: async (stage) => {
      const topic = rawTopic('produced', {
        partitions: 3,
        config: { 'max.message.bytes': 100_000 },
        valueSerializer: (value: string) => Buffer.from(value),
      });
      const db = stage.open();
      const producer = await Producer.open(db, [topic], { batchSize: 200 });
      const sending: Promise<unknown>[] = [];
      for (let n = 0; n < RECORDS; n += 1) {
        sending.push(
          producer.send(topic, { partition: n % 3, value: String(n) }),
        );
        if (n % 100 !== 50) continue;
        const value = 'x'.repeat(200_000);
        sending.push(
          rejects(producer.send(topic, { partition: n % 3, value }), {
            code: 'MESSAGE_TOO_LARGE',
          }),
        );
      }
      await Promise.all(sending);
      await producer.close();
      const log = await readLog(db, topic.name);
      for (const partition of [0, 1, 2]) {
        const values = log
          .filter((record) => record.partition === partition)
          .map(({ value }) => Number(String(value)));
        deepEqual(
          values,
          Array.from({ length: RECORDS }, (_, n) => n).filter(
            (n) => n % 3 === partition,
          ),
        );
      }
    },
  },
];
