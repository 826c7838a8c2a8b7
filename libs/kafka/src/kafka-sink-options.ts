import type { ConnectionOptions as TlsOptions } from 'node:tls';
import { PostamtError } from '#kernel';
import { COMPRESSIONS, type Compression } from '#records';

/** The ways to log in that need nothing beside the client. */
export const SASL_MECHANISMS = [
  'PLAIN',
  'SCRAM-SHA-256',
  'SCRAM-SHA-512',
  'OAUTHBEARER',
] as const;

/** One of {@link SASL_MECHANISMS}. */
export type SaslMechanism = (typeof SASL_MECHANISMS)[number];

/** How to log in. */
export interface KafkaSasl {
  readonly mechanism: SaslMechanism;
  readonly username?: string;
  readonly password?: string;
  /** For OAUTHBEARER; a function is asked for a fresh one at each login. */
  readonly token?: string | (() => string | Promise<string>);
}

/** Where the cluster is and how to deliver to it. */
export interface KafkaSinkOptions {
  /** Some of the cluster's brokers, `host:port`; one that answers is enough, it names the others. */
  readonly brokers: readonly string[];
  /**
   * Names this installation of Postamt to the cluster: the same for all relays of one outbox, and of no other outbox on
   * that cluster, for whoever comes later with the same one fences the earlier. Also the consumer group whose offset
   * tells the last delivery. Not needed with `transactional: false`.
   */
  readonly transactionalId?: string;
  /** true unless given: each shipment is a transaction of Kafka's. false for brokers that have none: at least once. */
  readonly transactional?: boolean;
  /**
   * A topic, of any number of partitions, on which nothing is ever written: the offset that the group commits has to
   * belong to a topic. `_postamt_deliveries` unless given; made, with one partition, where it does not exist.
   */
  readonly deliveriesTopic?: string;
  /** `none` unless given. */
  readonly compression?: Compression;
  /** The most bytes of a record batch before compression; 1,000,000 unless given. An event that is larger goes alone. */
  readonly maxBatchBytes?: number;
  /** Stands in the brokers' logs and quotas; `postamt` unless given. */
  readonly clientId?: string;
  /** true for TLS with Node's defaults, or what `tls.connect` takes. */
  readonly tls?: boolean | TlsOptions;
  readonly sasl?: KafkaSasl;
}

/** An address of a broker. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** The options, checked, with nothing left out but what may be absent. */
export interface SinkSettings {
  readonly brokers: readonly Address[];
  /** undefined: no transactions. */
  readonly transactionalId: string | undefined;
  readonly deliveriesTopic: string;
  readonly compression: Compression;
  readonly maxBatchBytes: number;
  readonly clientId: string;
  readonly tls: TlsOptions | undefined;
  readonly sasl: KafkaSasl | undefined;
}

const DELIVERIES_TOPIC = '_postamt_deliveries';
const MAX_BATCH_BYTES = 1_000_000;
const CLIENT_ID = 'postamt';

/** @throws PostamtError INVALID_CONFIG naming the option at fault */
export function sinkSettings(options: KafkaSinkOptions): SinkSettings {
  const { brokers, tls, sasl, transactional = true } = options;
  if (brokers.length === 0) throw invalid('brokers is empty: give host:port');
  if (sasl) requireLogin(sasl);
  return {
    brokers: brokers.map(readAddress),
    transactionalId: transactional
      ? requireTransactionalId(options.transactionalId)
      : undefined,
    deliveriesTopic: options.deliveriesTopic ?? DELIVERIES_TOPIC,
    compression: requireCompression(options.compression ?? 'none'),
    maxBatchBytes: requireBytes(options.maxBatchBytes ?? MAX_BATCH_BYTES),
    clientId: options.clientId ?? CLIENT_ID,
    tls: tls === true ? {} : tls || undefined,
    sasl,
  };
}

/** `host:port`, or `[::1]:9092`. */
function readAddress(text: string): Address {
  const match = /^(?:\[([^\]]+)\]|([^:\s]+)):(\d{1,5})$/.exec(text.trim());
  const port = Number(match?.[3]);
  const host = match?.[1] ?? match?.[2];
  if (host === undefined || port < 1 || port > 65_535) {
    throw invalid(`${JSON.stringify(text)} is no broker: give host:port`);
  }
  return { host, port };
}

function requireTransactionalId(id: string | undefined): string {
  if (id) return id;
  throw invalid(
    'transactionalId is missing: give a name that no other outbox on this cluster bears, or transactional: false',
  );
}

function requireCompression(compression: Compression): Compression {
  if (COMPRESSIONS.includes(compression)) return compression;
  throw invalid(
    `the compression ${JSON.stringify(compression)} is none of ${COMPRESSIONS.join(', ')}`,
  );
}

function requireBytes(bytes: number): number {
  if (Number.isInteger(bytes) && bytes >= 1 && bytes < 2 ** 30) return bytes;
  throw invalid(`maxBatchBytes is ${bytes}: give 1 to ${2 ** 30 - 1}`);
}

function requireLogin({ mechanism, username, password, token }: KafkaSasl) {
  if (!SASL_MECHANISMS.includes(mechanism)) {
    throw invalid(
      `the SASL mechanism ${JSON.stringify(mechanism)} is none of ${SASL_MECHANISMS.join(', ')}`,
    );
  }
  const complete =
    mechanism === 'OAUTHBEARER' ? token : username && password !== undefined;
  if (complete) return;
  throw invalid(
    mechanism === 'OAUTHBEARER'
      ? 'OAUTHBEARER needs a token'
      : `${mechanism} needs a username and a password`,
  );
}

function invalid(reason: string): PostamtError {
  return new PostamtError('INVALID_CONFIG', `Kafka: ${reason}.`);
}
