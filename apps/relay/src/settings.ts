import { randomUUID } from 'node:crypto';
import { PostamtError } from '#kernel';
import type { KafkaSinkOptions } from '#kafka';
import { connectionString, schemaName } from '#postgres';
import { readKafkaSettings } from './sink-settings.js';

/** What the relay's process is told by its environment. */
export interface Settings {
  /** `DATABASE_URL`. */
  readonly connection: string;
  /** `POSTAMT_SCHEMA`, `postamt` by default. */
  readonly schema: string;
  /** `POSTAMT_RELAY_ID`, made up by default: stands beside each batch that this relay moves. */
  readonly relayId: string;
  /** `POSTAMT_MAINTENANCE`, `on` or `off`: whether this process also keeps the log in order; `on` by default. */
  readonly maintenance: boolean;
  /** `POSTAMT_SINK=kafka` and what begins with `KAFKA_`; undefined: the log of the database. */
  readonly kafka: KafkaSinkOptions | undefined;
  /** `HOST`, where health is served; 127.0.0.1 by default. */
  readonly host: string;
  /** `PORT`, 8086 by default; 0 = any that is free. */
  readonly port: number;
}

const DEFAULT_HOST = '127.0.0.1';
const DEFAULT_PORT = '8086';

/**
 * Reads the settings. A variable that is empty counts as not set, as compose files write it.
 *
 * @throws PostamtError INVALID_CONFIG naming the variable
 */
export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const connection = connectionString(env.DATABASE_URL, 'DATABASE_URL');
  const schema = schemaName(env.POSTAMT_SCHEMA || undefined);
  return {
    connection,
    schema,
    kafka: readKafkaSettings(env, { connection, schema }),
    relayId: env.POSTAMT_RELAY_ID || randomUUID(),
    maintenance: readSwitch(env.POSTAMT_MAINTENANCE || 'on'),
    host: env.HOST || DEFAULT_HOST,
    port: readPort(env.PORT || DEFAULT_PORT),
  };
}

function readSwitch(text: string): boolean {
  if (text === 'on' || text === 'off') return text === 'on';
  throw new PostamtError(
    'INVALID_CONFIG',
    `POSTAMT_MAINTENANCE is ${JSON.stringify(text)}: give on or off`,
  );
}

function readPort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new PostamtError(
    'INVALID_CONFIG',
    `PORT is ${JSON.stringify(text)}: give a whole number from 0 (any free port) to 65535`,
  );
}
