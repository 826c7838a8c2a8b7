import type { PostamtError } from '#kernel';
import type { BrokerLink } from './broker-link.js';
import type { Cluster } from './cluster.js';
import { KAFKA, kafkaError, refusesEvent } from './kafka-error.js';
import {
  addOffsets,
  addPartitions,
  commitOffset,
  endTransaction,
  type GroupOffset,
  type TransactionalProducer,
} from './transaction-requests.js';

/** A transaction of Kafka's: open from the first partition that is added until it is ended. */
export class Transaction {
  readonly #cluster: Cluster;
  readonly #producer: TransactionalProducer;
  #isOpen = false;

  constructor(cluster: Cluster, producer: TransactionalProducer) {
    this.#cluster = cluster;
    this.#producer = producer;
  }

  /** Adds partitions, by topic, or none where a topic cannot be written: those are returned, with the reason. */
  async addPartitions(
    partitions: ReadonlyMap<string, number[]>,
  ): Promise<Map<string, PostamtError>> {
    const topics = Array.from(partitions, ([name, own]) => ({
      name,
      partitions: own,
    }));
    const refused = new Map<string, PostamtError>();
    await this.#ask('add partitions to the transaction', async (link) => {
      const answers = await addPartitions(link, this.#producer, topics);
      refused.clear();
      for (const { name, errorCode } of answers) {
        if (refusesEvent(errorCode)) {
          const doing = `let the topic ${name} be written`;
          refused.set(name, kafkaError(errorCode, doing));
        }
      }
      return { errorCode: failureIn(answers) };
    });
    if (refused.size === 0) this.#isOpen = true;
    return refused;
  }

  /** Makes the offset of a group a part of the transaction. */
  async addOffsets(groupId: string): Promise<void> {
    await this.#ask(`add the group ${groupId} to the transaction`, (link) =>
      addOffsets(link, this.#producer, groupId),
    );
    this.#isOpen = true;
  }

  /** Commits the offset together with the transaction, which has to have the group. */
  async commitOffset(offset: GroupOffset): Promise<void> {
    const { groupId } = offset;
    await this.#cluster.askCoordinator('GROUP', groupId, {
      doing: `commit an offset of the group ${groupId}`,
      ask: (link) => commitOffset(link, this.#producer, offset),
    });
  }

  commit(): Promise<void> {
    return this.#end(true);
  }

  /** Nothing of it will be seen by who reads committed records. */
  async abort(): Promise<void> {
    if (this.#isOpen) await this.#end(false);
  }

  async #end(commit: boolean): Promise<void> {
    await this.#ask(`${commit ? 'commit' : 'abort'} the transaction`, (link) =>
      endTransaction(link, this.#producer, commit),
    );
    this.#isOpen = false;
  }

  async #ask(
    doing: string,
    ask: (link: BrokerLink) => Promise<{ readonly errorCode: number }>,
  ): Promise<void> {
    const { transactionalId } = this.#producer;
    const question = { doing, ask };
    await this.#cluster.askCoordinator(
      'TRANSACTION',
      transactionalId,
      question,
    );
  }
}

/** Partitions beside one that failed say that they were not tried; a refused topic is no failure of the others. */
function failureIn(answers: readonly { readonly errorCode: number }[]): number {
  const failure = answers.find(
    ({ errorCode }) =>
      errorCode !== KAFKA.none &&
      errorCode !== KAFKA.operationNotAttempted &&
      !refusesEvent(errorCode),
  );
  return failure?.errorCode ?? KAFKA.none;
}
