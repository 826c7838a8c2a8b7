import { PostamtError } from '#kernel';
import type { Address, SinkSettings } from '../kafka-sink-options.js';
import { askPatiently } from './ask-patiently.js';
import { BrokerLink } from './broker-link.js';
import {
  findCoordinator,
  readMetadata,
  type ClusterMetadata,
  type CoordinatorKind,
  type TopicMetadata,
} from './cluster-requests.js';
import { kafkaError, KAFKA, refusesEvent } from './kafka-error.js';

/** How long a topic's partitions are believed: one that gets more of them is noticed after this. */
const TOPIC_AGE_MS = 30_000;

/** A topic as the cluster has it: who leads each partition, or why it cannot be written. */
export type ClusterTopic =
  | { readonly partitionCount: number; readonly leaders: readonly number[] }
  | { readonly error: PostamtError };

/** What a coordinator is asked. */
export interface CoordinatorQuestion<Answer> {
  /** As it stands behind "Kafka did not". */
  readonly doing: string;
  readonly ask: (link: BrokerLink) => Promise<Answer>;
}

/** A cluster of brokers: connections, who leads and who coordinates. Good until something fails; then make another. */
export class Cluster {
  readonly #settings: SinkSettings;
  readonly #closing = new AbortController();
  readonly #links = new Map<string, Promise<BrokerLink>>();
  readonly #coordinators = new Map<CoordinatorKind, number>();
  readonly #topics = new Map<string, { topic: ClusterTopic; until: number }>();
  #brokers = new Map<number, Address>();
  #controller = -1;

  constructor(settings: SinkSettings) {
    this.#settings = settings;
  }

  /** Aborts when the cluster is closed: who waits for something gives up. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** The topics of those names. */
  async topics(
    names: Iterable<string>,
  ): Promise<ReadonlyMap<string, ClusterTopic>> {
    const wanted = new Set(names);
    const found = new Map<string, ClusterTopic>();
    for (const name of wanted) {
      const known = this.#topics.get(name);
      if (known && known.until > performance.now())
        found.set(name, known.topic);
    }
    const unknown = [...wanted].filter((name) => !found.has(name));
    if (unknown.length === 0) return found;
    const read = await this.#readTopics(unknown);
    return new Map([...found, ...read]);
  }

  /** The broker that leads a partition. */
  async leader(topic: string, partition: number): Promise<BrokerLink> {
    const known = (await this.topics([topic])).get(topic);
    const node = known && 'leaders' in known ? known.leaders[partition] : -1;
    const address = this.#brokers.get(node ?? -1);
    if (address) return this.#link(address);
    throw new PostamtError(
      'NOT_LEADER_OR_FOLLOWER',
      `Partition ${partition} of ${topic} has no leader in the cluster now.`,
    );
  }

  /**
   * Asks the broker that coordinates the group or the transactional id of that name; one of each kind is asked for. What
   * passes by itself is waited for.
   *
   * @throws PostamtError where the answer is an error
   */
  askCoordinator<Answer extends { readonly errorCode: number }>(
    kind: CoordinatorKind,
    name: string,
    { doing, ask }: CoordinatorQuestion<Answer>,
  ): Promise<Answer> {
    return askPatiently(doing, this.closing, async () => {
      const answer = await ask(await this.#coordinator(kind, name));
      if (answer.errorCode === KAFKA.notCoordinator)
        this.#coordinators.delete(kind);
      return answer;
    });
  }

  /** A broker, whichever. */
  async any(): Promise<BrokerLink> {
    const addresses = [...this.#brokers.values(), ...this.#settings.brokers];
    for (const address of addresses) {
      const link = await this.#links.get(nameOf(address))?.catch(() => {});
      if (link?.isOpen) return link;
    }
    let failure: unknown;
    for (const address of addresses) {
      try {
        return await this.#link(address);
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  /** The broker to ask for changes of the cluster. */
  controller(): Promise<BrokerLink> {
    const address = this.#brokers.get(this.#controller);
    return address ? this.#link(address) : this.any();
  }

  /** Cuts the connections: whoever waits for an answer is rejected. Idempotent. */
  close(): void {
    this.#closing.abort();
    for (const link of this.#links.values()) {
      void link.then((open) => open.close()).catch(() => {});
    }
    this.#links.clear();
  }

  /** What cannot be written is not remembered: it is asked for again each time. */
  async #readTopics(
    names: readonly string[],
  ): Promise<Map<string, ClusterTopic>> {
    const metadata = await readMetadata(await this.any(), names);
    this.#know(metadata);
    const until = performance.now() + TOPIC_AGE_MS;
    const read = metadata.topics.map(
      (topic) => [topic.name, readTopic(topic)] as const,
    );
    for (const [name, topic] of read) {
      if ('error' in topic) this.#topics.delete(name);
      else this.#topics.set(name, { topic, until });
    }
    return new Map(read);
  }

  async #coordinator(kind: CoordinatorKind, name: string): Promise<BrokerLink> {
    const node = this.#coordinators.get(kind) ?? (await this.#find(kind, name));
    const address = this.#brokers.get(node);
    if (address) return this.#link(address);
    this.#coordinators.delete(kind);
    throw kafkaError(KAFKA.coordinatorNotAvailable, `coordinate ${name}`);
  }

  async #find(kind: CoordinatorKind, name: string): Promise<number> {
    const link = await this.any();
    if (this.#brokers.size === 0) this.#know(await readMetadata(link, []));
    const { nodeId } = await askPatiently(
      `say who coordinates ${name}`,
      this.closing,
      () => findCoordinator(link, kind, name),
    );
    this.#coordinators.set(kind, nodeId);
    return nodeId;
  }

  #know({ brokers, controllerId }: ClusterMetadata): void {
    this.#brokers = new Map(brokers.map((broker) => [broker.nodeId, broker]));
    this.#controller = controllerId;
  }

  async #link(address: Address): Promise<BrokerLink> {
    const name = nameOf(address);
    const there = await this.#links.get(name)?.catch(() => {});
    if (there?.isOpen) return there;
    if (this.closing.aborted) {
      throw new PostamtError(
        'NETWORK_EXCEPTION',
        `The connection to the cluster was given up before ${name} was asked.`,
      );
    }
    const opening = BrokerLink.open(address, this.#settings);
    this.#links.set(name, opening);
    return opening;
  }
}

function nameOf({ host, port }: Address): string {
  return `${host}:${port}`;
}

/** @throws PostamtError where the cluster cannot say now */
function readTopic(metadata: TopicMetadata): ClusterTopic {
  const { name, errorCode, partitions } = metadata;
  if (errorCode !== KAFKA.none) {
    const error = kafkaError(errorCode, `let the topic ${name} be written`);
    if (refusesEvent(errorCode)) return { error };
    throw error;
  }
  const leaders: number[] = [];
  for (const { partitionIndex, leaderId } of partitions)
    leaders[partitionIndex] = leaderId;
  return { partitionCount: partitions.length, leaders };
}
