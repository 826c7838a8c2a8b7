import { Consumer, type ConsumerRecord } from '#client';
import { isPostamtError, sleep } from '#kernel';
import { errorCodeOf } from '#postgres';
import { TOPICS } from '../letters.js';
import { idOf } from '../read-ledger.js';
import type { Member, MemberParts } from './member.js';
import { PACE } from './member-order.js';

const POLL_MS = 200;
const BACK_OFF_MS = 50;

/** A member that is a consumer: it polls, handles what it was given, and commits that. */
export class ConsumerMember implements Member {
  readonly #parts: MemberParts;
  readonly #consumer: Consumer<string>;
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(parts: MemberParts) {
    this.#parts = parts;
    const { db, order, book } = parts;
    const { group, kind, instanceId } = order;
    this.#consumer = new Consumer<string>(db, {
      group,
      ...PACE,
      clientId: book.who,
      ...(instanceId !== undefined && { groupInstanceId: instanceId }),
      autoOffsetReset: 'earliest',
      maxPollRecords: 20,
      fetchMaxWaitMs: 1_000,
      enableAutoCommit: kind === 'auto',
      autoCommitIntervalMs: 50,
    });
  }

  async start(): Promise<void> {
    const { book } = this.#parts;
    const say = (what: string) => (partitions: readonly object[]) =>
      book.note(`${what} ${JSON.stringify(partitions)}`);
    const isPattern = this.#parts.order.kind === 'auto';
    this.#consumer.subscribe(isPattern ? /^(letters|parcels)$/ : TOPICS, {
      definitions: TOPICS,
      onPartitionsAssigned: say('assigned'),
      onPartitionsRevoked: say('revoked'),
      onPartitionsLost: say('lost'),
    });
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#consumer.wakeup();
    await this.#running;
    await this.#consumer.close();
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const records = await this.#poll();
      if (records.length === 0) continue;
      await this.#handle(records);
      if (this.#parts.order.kind === 'manual') await this.#commit(records);
    }
  }

  /** The server may be away. */
  async #poll(): Promise<ConsumerRecord<string>[]> {
    try {
      return await this.#consumer.poll(POLL_MS);
    } catch (error) {
      this.#parts.book.note(`poll: ${String(error)}`);
      if (isPostamtError(error, 'FENCED_INSTANCE_ID')) throw error;
      await sleep(BACK_OFF_MS);
      return [];
    }
  }

  async #handle(records: readonly ConsumerRecord<string>[]): Promise<void> {
    const { book, hand, order } = this.#parts;
    const { group } = order;
    const works = [...byPartition(records).values()].map((own) => {
      const [{ topic, partition }] = own as [ConsumerRecord<string>];
      const given = own.map(({ offset, key, headers }) => ({
        offset,
        key,
        id: idOf(headers),
      }));
      return book.begin({ group, topic, partition }, given);
    });
    for (const work of works) {
      await hand.work();
      book.end(work);
    }
  }

  async #commit(records: readonly ConsumerRecord<string>[]): Promise<void> {
    const { book } = this.#parts;
    const mark = book.mark();
    const offsets = [...byPartition(records).values()].map((own) => {
      const { topic, partition, offset, leaderEpoch } = own.at(
        -1,
      ) as ConsumerRecord<string>;
      return {
        topic,
        partition,
        offset: offset + 1n,
        leaderEpoch,
        metadata: mark,
      };
    });
    try {
      await this.#consumer.commitSync(offsets);
      book.told(mark, 'committed');
    } catch (error) {
      const refused = isPostamtError(error, 'ILLEGAL_GENERATION');
      const outcome = refused ? 'refused' : 'unknown';
      book.told(mark, outcome, errorCodeOf(error));
    }
  }
}

function byPartition(
  records: readonly ConsumerRecord<string>[],
): Map<string, ConsumerRecord<string>[]> {
  return Map.groupBy(
    records,
    ({ topic, partition }) => `${topic}-${partition}`,
  );
}
