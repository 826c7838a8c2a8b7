import {
  ClientProxy,
  type ReadPacket,
  type WritePacket,
} from '@nestjs/microservices';
import { type Observable, throwError } from 'rxjs';
import { Producer, type ProducerRecord } from '#client';
import { PostamtError } from '#kernel';
import type { Database } from '#postgres';
import type { TopicDefinition } from '#schemas';
import { checkOptionNames } from '../installation/check-option-names.js';
import { collectTopics } from '../module/collect-topics.js';
import {
  connectTransport,
  TRANSPORT_OPTION_NAMES,
  type TransportConnection,
  type TransportConnectionOptions,
} from './transport-connection.js';

interface Connected {
  readonly connection: TransportConnection;
  readonly producer: Producer;
}

/**
 * A `ClientProxy` that writes into topics: `emit(topic, { key, value, headers })`. It connects when it is first used, and
 * ClientsModule closes it with the application. What is emitted is no part of a transaction: for that use `Outbox`.
 *
 * @example
 * ClientsModule.register([
 *   { name: 'DESK', customClass: PostamtClient, options: { connectionString, topics: [incidents] } },
 * ])
 *
 * await lastValueFrom(client.emit('incidents', { key: 'INC-1', value: { status: 'Accepted', at } }));
 */
export class PostamtClient extends ClientProxy {
  readonly #options: TransportConnectionOptions;
  readonly #topics: ReadonlyMap<string, TopicDefinition>;
  #connected: Promise<Connected> | undefined;

  /** @throws PostamtError INVALID_CONFIG naming the option; INVALID_WIRING for two topics of one name */
  constructor(options: TransportConnectionOptions) {
    super();
    checkOptionNames(options, TRANSPORT_OPTION_NAMES, 'PostamtClient');
    this.#options = options;
    this.#topics = collectTopics(options.topics);
  }

  /** Opens the database and the topics. Idempotent. */
  async connect(): Promise<void> {
    this.#connected ??= this.#open();
    try {
      await this.#connected;
    } catch (error) {
      this.#connected = undefined;
      throw error;
    }
  }

  /** Waits for what is under way and closes what was opened. Idempotent. */
  async close(): Promise<void> {
    const connected = await this.#connected;
    this.#connected = undefined;
    await connected?.producer.close();
    await connected?.connection.close();
  }

  /** The database, once it is connected. */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- as the base class declares it
  unwrap<T = Promise<Database>>(): T {
    if (!this.#connected)
      throw new PostamtError('CLOSED', 'PostamtClient is not connected');
    return this.#connected.then(({ connection }) => connection.db) as T;
  }

  /** Ends with NOT_SUPPORTED: a topic gives no replies. */
  override send<Result>(pattern: unknown): Observable<Result> {
    return throwError(() => noReply(pattern));
  }

  protected publish(
    { pattern }: ReadPacket,
    callback: (packet: WritePacket) => void,
  ): () => void {
    callback({ err: noReply(pattern) });
    return () => {};
  }

  protected async dispatchEvent<T>({ pattern, data }: ReadPacket): Promise<T> {
    const topic = this.#topic(this.normalizePattern(pattern as string));
    const connected = await this.#connected;
    if (!connected)
      throw new PostamtError('CLOSED', 'PostamtClient was closed');
    const record = recordOf(topic.name, data);
    return (await connected.producer.send(topic, record)) as T;
  }

  async #open(): Promise<Connected> {
    const connection = await connectTransport(this.#options);
    try {
      const topics = [...this.#topics.values()];
      const producer = await Producer.open(connection.db, topics);
      return { connection, producer };
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  #topic(pattern: string): TopicDefinition {
    const topic = this.#topics.get(pattern);
    if (topic) return topic;
    throw new PostamtError(
      'UNKNOWN_TOPIC_OR_PARTITION',
      `PostamtClient has no topic ${JSON.stringify(pattern)}: it has ${[...this.#topics.keys()].join(', ') || 'none'}`,
    );
  }
}

function recordOf(topic: string, data: unknown): ProducerRecord {
  if (typeof data === 'object' && data !== null && 'value' in data) return data;
  throw new PostamtError(
    'INVALID_VALUE',
    `what is emitted to topic ${topic} has no value: give { key, value, headers }`,
  );
}

function noReply(pattern: unknown): PostamtError {
  return new PostamtError(
    'NOT_SUPPORTED',
    `send(${JSON.stringify(pattern)}) asks for a reply, which a topic does not give: use emit`,
  );
}
