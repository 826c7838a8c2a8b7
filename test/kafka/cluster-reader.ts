import {
  AclOperations,
  AclPermissionTypes,
  Admin,
  Connection,
  fetchV11,
  findCoordinatorV4,
  metadataV9,
  offsetFetchV8,
  ResourcePatternTypes,
  ResourceTypes,
  ResponseError,
  type FetchIsolationLevels,
} from '@platformatic/kafka';

const READ_COMMITTED = 1;
const READ_UNCOMMITTED = 0;
const MAX_BYTES = 16 * 1024 * 1024;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;
/** The second half of a control record's key: abort is 0, commit 1. */
const ABORT = 0;

/** Which records are read. */
export type Isolation = keyof typeof FetchIsolationLevels;

/** A record as it stands in the cluster. */
export interface ClusterRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly timestamp: bigint;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly { readonly key: string; readonly value: Buffer }[];
}

/** Reads and changes a cluster by a client that is not the sink's. */
export class ClusterReader {
  readonly #brokers: readonly string[];

  constructor(brokers: readonly string[]) {
    this.#brokers = brokers;
  }

  async createTopic(
    topic: string,
    partitions: number,
    configs: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    await this.#administer((admin) =>
      admin.createTopics({
        topics: [topic],
        partitions,
        replicas: -1,
        configs: Object.entries(configs).map(([name, value]) => ({
          name,
          value,
        })),
      }),
    );
  }

  /** Forbids a user to write to a topic. */
  async denyWrite(topic: string, user: string): Promise<void> {
    const acl = {
      resourceType: ResourceTypes.TOPIC,
      resourceName: topic,
      resourcePatternType: ResourcePatternTypes.LITERAL,
      principal: `User:${user}`,
      host: '*',
      operation: AclOperations.WRITE,
      permissionType: AclPermissionTypes.DENY,
    };
    await this.#administer((admin) => admin.createAcls({ creations: [acl] }));
  }

  /**
   * All records of the topic that such a reader sees, partition by partition in the order of their offsets, once no
   * transaction is open there.
   */
  async read(topic: string, isolation: Isolation): Promise<ClusterRecord[]> {
    const partitions = await this.#on(this.#bootstrap, async (connection) => {
      const metadata = await metadataV9.api.async(connection, [topic], false);
      const brokers = new Map(metadata.brokers.map((b) => [b.nodeId, b]));
      return (metadata.topics[0]?.partitions ?? []).map((p) => ({
        index: p.partitionIndex,
        leader: brokers.get(p.leaderId),
      }));
    });
    const records: ClusterRecord[] = [];
    for (const { index, leader } of partitions) {
      if (!leader) throw new Error(`${topic}-${index} has no leader`);
      const read = (connection: Connection) =>
        readPartition(connection, { topic, partition: index }, isolation);
      records.push(...(await this.#on(leader, read)));
    }
    return records;
  }

  /** The offset that a group has committed in partition 0 of a topic; -1 where there is none, or none to be had. */
  async committed(group: string, topic: string): Promise<bigint> {
    try {
      const coordinator = await this.#on(this.#bootstrap, (connection) =>
        findCoordinatorV4.api.async(connection, 0, [group]),
      );
      const [address] = coordinator.coordinators;
      if (!address) return -1n;
      return await this.#on(address, (connection) =>
        committedBy(connection, group, topic),
      );
    } catch (error) {
      if (error instanceof ResponseError) return -1n;
      throw error;
    }
  }

  async #administer(act: (admin: Admin) => Promise<unknown>): Promise<void> {
    const admin = new Admin({
      clientId: 'postamt-test',
      bootstrapBrokers: [...this.#brokers],
    });
    try {
      await act(admin);
    } finally {
      await admin.close();
    }
  }

  get #bootstrap(): { host: string; port: number } {
    const [host = '', port] = (this.#brokers[0] ?? '').split(':');
    return { host, port: Number(port) };
  }

  async #on<Result>(
    { host, port }: { host: string; port: number },
    act: (connection: Connection) => Promise<Result>,
  ): Promise<Result> {
    const connection = new Connection('postamt-test');
    connection.on('error', () => {});
    await connection.connect(host, port);
    try {
      return await act(connection);
    } finally {
      await connection.close();
    }
  }
}

async function committedBy(
  connection: Connection,
  groupId: string,
  topic: string,
): Promise<bigint> {
  const topics = [{ name: topic, partitionIndexes: [0] }];
  const { groups } = await offsetFetchV8.api.async(
    connection,
    [{ groupId, memberEpoch: -1, topics }],
    false,
  );
  return groups[0]?.topics[0]?.partitions[0]?.committedOffset ?? -1n;
}

interface Place {
  readonly topic: string;
  readonly partition: number;
}

async function readPartition(
  connection: Connection,
  place: Place,
  isolation: Isolation,
): Promise<ClusterRecord[]> {
  const records: ClusterRecord[] = [];
  const aborted = new AbortedTransactions();
  for (let fetchOffset = 0n; ;) {
    const found = await fetchOnce(connection, place, fetchOffset, isolation);
    const listed = found.abortedTransactions ?? [];
    for (const batch of found.records ?? []) {
      fetchOffset = batch.firstOffset + BigInt(batch.lastOffsetDelta) + 1n;
      if (!aborted.has(batch, listed))
        records.push(...recordsOf(batch, place.topic, place.partition));
    }
    // Where a transaction has just been committed, its markers are yet to come.
    if (fetchOffset >= found.highWatermark) return records;
  }
}

interface ListedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: bigint;
}

/** What a reader of committed records leaves out: control records, and those of transactions that the broker lists. */
class AbortedTransactions {
  readonly #open = new Set<bigint>();
  readonly #past = new Set<string>();

  /** Whether the batch is left out; to be asked batch by batch. */
  has(batch: Batch, listed: readonly ListedTransaction[]): boolean {
    const next = batch.firstOffset + BigInt(batch.lastOffsetDelta) + 1n;
    for (const { producerId, firstOffset } of listed) {
      const name = `${producerId}:${firstOffset}`;
      if (firstOffset >= next || this.#past.has(name)) continue;
      this.#past.add(name);
      this.#open.add(producerId);
    }
    if ((batch.attributes & CONTROL) === 0) {
      const isTransactional = (batch.attributes & TRANSACTIONAL) !== 0;
      return isTransactional && this.#open.has(batch.producerId);
    }
    if (batch.records[0]?.key?.readInt16BE(2) === ABORT)
      this.#open.delete(batch.producerId);
    return true;
  }
}

type Batch = NonNullable<Awaited<ReturnType<typeof fetchOnce>>['records']>[0];

function recordsOf(
  batch: Batch,
  topic: string,
  partition: number,
): ClusterRecord[] {
  return batch.records.map((record) => ({
    topic,
    partition,
    offset: batch.firstOffset + BigInt(record.offsetDelta),
    timestamp: batch.firstTimestamp + record.timestampDelta,
    key: record.key,
    value: record.value,
    headers: record.headers.map(([key, value]) => ({
      key: String(key),
      value: value as Buffer,
    })),
  }));
}

async function fetchOnce(
  connection: Connection,
  { topic, partition }: Place,
  fetchOffset: bigint,
  isolation: Isolation,
) {
  const { responses } = await fetchV11.api.async(
    connection,
    100,
    0,
    MAX_BYTES,
    isolation === 'READ_COMMITTED' ? READ_COMMITTED : READ_UNCOMMITTED,
    0,
    -1,
    [
      {
        topicId: topic,
        partitions: [
          {
            partition,
            currentLeaderEpoch: -1,
            fetchOffset,
            lastFetchedEpoch: -1,
            partitionMaxBytes: MAX_BYTES,
          },
        ],
      },
    ],
    [],
    '',
  );
  const found = responses[0]?.partitions[0];
  if (!found) throw new Error(`${topic}-${partition} was not in the answer`);
  return found;
}
