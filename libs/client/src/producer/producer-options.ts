import { PostamtError } from '#kernel';
import { type Compression, COMPRESSIONS, RecordBatchBuilder } from '#records';
import { type Partitioner, PARTITIONERS } from './partitioner.js';

/** What a `send` waits for, as in Kafka (`acks`). */
export const ACKS = [0, 1, 'all'] as const;

/** One of {@link ACKS}. */
export type ProducerAcks = (typeof ACKS)[number];

/** How a producer works: Kafka's names in camel case, and Kafka's defaults where nothing else is said. */
export interface ProducerOptions {
  /**
   * `'all'`: flushed here and by as many standbys as the topic's `min.insync.replicas` asks for (without standbys, by
   * this server). `1`: flushed here. `0`: handed over; the offset is -1n, and an error is only counted. `'all'` unless
   * given.
   */
  readonly acks?: ProducerAcks;
  /**
   * Whether batches bear a producer id and sequence numbers, so that none stands in the log twice, however often it was
   * sent. True unless `retries` is 0. Unlike Kafka's it goes with each `acks`: the log remembers a producer in the very
   * transaction that appends its records.
   */
  readonly enableIdempotence?: boolean;
  /**
   * How long a batch that is not full waits for more, in milliseconds. 0 unless given (Kafka: 5): whatever comes while a
   * request is under way makes the next batch anyway, and a record alone need not wait.
   */
  readonly lingerMs?: number;
  /** The most bytes of a batch before compression; a larger record gets a batch of its own. 16,384 unless given. */
  readonly batchSize?: number;
  /** The most bytes of one request (one transaction), and of one record. 1,048,576 unless given. */
  readonly maxRequestSize?: number;
  /** The most bytes of records that are encoded and not yet written. 33,554,432 (32 MiB) unless given. */
  readonly bufferMemory?: number;
  /** How long a `send` waits for room in that memory without getting any, in milliseconds. 60,000 unless given. */
  readonly maxBlockMs?: number;
  /** `none` unless given. */
  readonly compressionType?: Compression;
  /** How long a batch may take from its first record to its answer, retries included. 120,000 ms unless given. */
  readonly deliveryTimeoutMs?: number;
  /** How long one request may take before its outcome counts as unknown. 30,000 ms unless given. */
  readonly requestTimeoutMs?: number;
  /** How often a batch is sent again; 2,147,483,647 unless given, so that `deliveryTimeoutMs` is what ends it. */
  readonly retries?: number;
  /** The wait before the first retry, in milliseconds, doubled with each; 100 unless given. */
  readonly retryBackoffMs?: number;
  /** The longest wait before a retry, in milliseconds; 1,000 unless given. */
  readonly retryBackoffMaxMs?: number;
  /** Where records go that name no partition; `sticky` unless given. */
  readonly partitioner?: Partitioner;
  /** After how long partitions that were added are looked for, in milliseconds; 300,000 unless given. */
  readonly metadataMaxAgeMs?: number;
}

/** The same with nothing left out. */
export type ProducerSettings = Required<ProducerOptions>;

const MOST = 2 ** 31 - 1;

const DEFAULTS: ProducerSettings = {
  acks: 'all',
  enableIdempotence: true,
  lingerMs: 0,
  batchSize: 16_384,
  maxRequestSize: 1_048_576,
  bufferMemory: 32 * 1_048_576,
  maxBlockMs: 60_000,
  compressionType: 'none',
  deliveryTimeoutMs: 120_000,
  requestTimeoutMs: 30_000,
  retries: MOST,
  retryBackoffMs: 100,
  retryBackoffMaxMs: 1_000,
  partitioner: 'sticky',
  metadataMaxAgeMs: 300_000,
};

/** The numbers among the options, each with the least that it may be. */
const LEAST = {
  lingerMs: 0,
  batchSize: 0,
  maxRequestSize: 1,
  bufferMemory: 1,
  maxBlockMs: 0,
  deliveryTimeoutMs: 1,
  requestTimeoutMs: 1,
  retries: 0,
  retryBackoffMs: 0,
  retryBackoffMaxMs: 0,
  metadataMaxAgeMs: 0,
} as const;

/**
 * Fills in the defaults and refuses what cannot be.
 *
 * @throws PostamtError INVALID_CONFIG naming the option; UNSUPPORTED_COMPRESSION_TYPE
 */
export function producerSettings(
  options: ProducerOptions = {},
): ProducerSettings {
  const given = Object.entries(options).filter(
    ([, value]) => value !== undefined,
  );
  for (const [name] of given)
    if (!Object.hasOwn(DEFAULTS, name))
      throw refused(name, 'is not known', Object.keys(DEFAULTS).join(', '));
  const settings: ProducerSettings = {
    ...DEFAULTS,
    enableIdempotence: options.retries !== 0,
    ...Object.fromEntries(given),
  };
  checkNumbers(settings);
  checkChoices(settings);
  return settings;
}

function checkNumbers(settings: ProducerSettings): void {
  for (const [name, least] of Object.entries(LEAST)) {
    const value: unknown = settings[name as keyof typeof LEAST];
    if (Number.isInteger(value)) {
      if ((value as number) >= least && (value as number) <= MOST) continue;
    }
    throw refused(name, `is ${String(value)}`, `${least} to ${MOST}`);
  }
}

function checkChoices(settings: ProducerSettings): void {
  const { acks, compressionType, enableIdempotence, partitioner } = settings;
  if (!ACKS.includes(acks))
    throw refused('acks', `is ${JSON.stringify(acks)}`, "0, 1 or 'all'");
  if (typeof enableIdempotence !== 'boolean')
    throw refused('enableIdempotence', 'is no boolean', 'true or false');
  if (enableIdempotence && settings.retries === 0)
    throw refused('retries', 'is 0', '1 or more with enableIdempotence');
  if (!COMPRESSIONS.includes(compressionType))
    throw refused('compressionType', 'is not known', COMPRESSIONS.join(', '));
  if (typeof partitioner !== 'function' && !PARTITIONERS.includes(partitioner))
    throw refused(
      'partitioner',
      'is not known',
      `${PARTITIONERS.join(', ')} or a function`,
    );
  // Refuses here what it would refuse for each batch.
  void new RecordBatchBuilder({ compression: compressionType });
}

function refused(option: string, fault: string, use: string): PostamtError {
  return new PostamtError(
    'INVALID_CONFIG',
    `the producer's option ${option} ${fault}: use ${use}`,
  );
}
