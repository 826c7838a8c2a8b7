import { readFileSync } from 'node:fs';
import { PostamtError } from '#kernel';
import type { KafkaSinkOptions } from '#kafka';

/** Where the relay brings events. */
export const SINKS = ['log', 'kafka'] as const;

/** Of which outbox the relay is one, where it is given no name of its own. */
export interface OutboxPlace {
  readonly connection: string;
  readonly schema: string;
}

type KafkaSasl = NonNullable<KafkaSinkOptions['sasl']>;
type Tls = NonNullable<KafkaSinkOptions['tls']>;

/**
 * Reads what a relay to Kafka is told; undefined where `POSTAMT_SINK` is `log` or not set. A variable that is empty
 * counts as not set; what the values mean is checked by the sink.
 *
 * @throws PostamtError INVALID_CONFIG naming the variable
 */
export function readKafkaSettings(
  env: NodeJS.ProcessEnv,
  place: OutboxPlace,
): KafkaSinkOptions | undefined {
  const sink = env.POSTAMT_SINK || 'log';
  if (sink === 'log') return undefined;
  if (sink !== 'kafka')
    throw invalid('POSTAMT_SINK', sink, `give ${SINKS.join(' or ')}`);
  const transactional = readSwitch(env, 'KAFKA_TRANSACTIONS', 'on');
  const tls = readTls(env);
  const sasl = readSasl(env);
  return {
    brokers: readBrokers(env.KAFKA_BROKERS),
    transactional,
    transactionalId: env.KAFKA_TRANSACTIONAL_ID || nameOf(place),
    ...(env.KAFKA_DELIVERIES_TOPIC && {
      deliveriesTopic: env.KAFKA_DELIVERIES_TOPIC,
    }),
    ...(env.KAFKA_COMPRESSION && {
      compression: env.KAFKA_COMPRESSION as NonNullable<
        KafkaSinkOptions['compression']
      >,
    }),
    ...(tls && { tls }),
    ...(sasl && { sasl }),
  };
}

function readBrokers(text: string | undefined): string[] {
  const brokers = (text ?? '').split(',').map((broker) => broker.trim());
  const given = brokers.filter((broker) => broker !== '');
  if (given.length > 0) return given;
  throw invalid('KAFKA_BROKERS', text ?? '', 'give host:port,host:port');
}

/** The same for all relays of an outbox, and another one for another database or schema. */
function nameOf({ connection, schema }: OutboxPlace): string {
  const database = URL.canParse(connection)
    ? decodeURIComponent(new URL(connection).pathname.slice(1))
    : '';
  return ['postamt', database, schema].filter((part) => part !== '').join('-');
}

function readTls(env: NodeJS.ProcessEnv): Tls | undefined {
  const ca = readFile(env, 'KAFKA_CA_FILE');
  const cert = readFile(env, 'KAFKA_CERT_FILE');
  const key = readFile(env, 'KAFKA_KEY_FILE');
  const given = ca || cert || key ? 'on' : 'off';
  if (!readSwitch(env, 'KAFKA_TLS', given)) return undefined;
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
}

function readFile(env: NodeJS.ProcessEnv, name: string): Buffer | undefined {
  const path = env[name];
  if (!path) return undefined;
  try {
    return readFileSync(path);
  } catch (error) {
    throw invalid(name, path, `it cannot be read: ${String(error)}`);
  }
}

function readSasl(env: NodeJS.ProcessEnv): KafkaSasl | undefined {
  const {
    KAFKA_USERNAME: username,
    KAFKA_PASSWORD: password,
    KAFKA_TOKEN: token,
  } = env;
  const mechanism =
    env.KAFKA_SASL_MECHANISM || (username ? 'PLAIN' : undefined);
  if (!mechanism) return undefined;
  return {
    mechanism: mechanism as KafkaSasl['mechanism'],
    ...(username && { username }),
    ...(password !== undefined && { password }),
    ...(token && { token }),
  };
}

function readSwitch(
  env: NodeJS.ProcessEnv,
  name: string,
  byDefault: 'on' | 'off',
): boolean {
  const text = env[name] || byDefault;
  if (text === 'on' || text === 'off') return text === 'on';
  throw invalid(name, text, 'give on or off');
}

function invalid(name: string, text: string, advice: string): PostamtError {
  return new PostamtError(
    'INVALID_CONFIG',
    `${name} is ${JSON.stringify(text)}: ${advice}`,
  );
}
