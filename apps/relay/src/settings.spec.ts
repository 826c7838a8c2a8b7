import { describe, expect, it } from '@jest/globals';
import { applicationName } from './application-name.js';
import { readSettings } from './settings.js';

const DATABASE_URL = 'postgres://user:secret@localhost/app';

const KAFKA = { POSTAMT_SINK: 'kafka', KAFKA_BROKERS: 'one:9092, two:9093' };

describe('readSettings', () => {
  it('needs the database only', () => {
    expect(readSettings({ DATABASE_URL, PORT: '', HOST: '' })).toEqual({
      connection: DATABASE_URL,
      schema: 'postamt',
      kafka: undefined,
      relayId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      maintenance: true,
      host: '127.0.0.1',
      port: 8086,
    });
  });

  it('takes what it is told', () => {
    const env = {
      DATABASE_URL,
      POSTAMT_SCHEMA: 'letters',
      POSTAMT_RELAY_ID: 'relay-1',
      POSTAMT_MAINTENANCE: 'off',
      HOST: '0.0.0.0',
      PORT: '0',
    };
    expect(readSettings(env)).toEqual({
      connection: DATABASE_URL,
      schema: 'letters',
      kafka: undefined,
      relayId: 'relay-1',
      maintenance: false,
      host: '0.0.0.0',
      port: 0,
    });
  });

  it('takes a cluster of Kafka, and names the relay to it by database and schema', () => {
    const env = { DATABASE_URL, ...KAFKA };
    expect(readSettings(env).kafka).toEqual({
      brokers: ['one:9092', 'two:9093'],
      transactional: true,
      transactionalId: 'postamt-app-postamt',
    });
  });

  it('takes all that a cluster of Kafka may ask for', () => {
    const env = {
      DATABASE_URL,
      ...KAFKA,
      KAFKA_TRANSACTIONS: 'off',
      KAFKA_TRANSACTIONAL_ID: 'shop',
      KAFKA_DELIVERIES_TOPIC: 'shop-deliveries',
      KAFKA_COMPRESSION: 'zstd',
      KAFKA_TLS: 'on',
      KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
      KAFKA_USERNAME: 'relay',
      KAFKA_PASSWORD: 'secret',
    };
    expect(readSettings(env).kafka).toEqual({
      brokers: ['one:9092', 'two:9093'],
      transactional: false,
      transactionalId: 'shop',
      deliveriesTopic: 'shop-deliveries',
      compression: 'zstd',
      tls: {},
      sasl: {
        mechanism: 'SCRAM-SHA-512',
        username: 'relay',
        password: 'secret',
      },
    });
  });

  it.each([
    [{}, 'set DATABASE_URL to postgres://'],
    [{ DATABASE_URL: 'app' }, 'DATABASE_URL is no connection string'],
    [{ DATABASE_URL, PORT: '80x' }, 'PORT is "80x"'],
    [{ DATABASE_URL, POSTAMT_MAINTENANCE: 'no' }, 'give on or off'],
    [{ DATABASE_URL, POSTAMT_SINK: 'pulsar' }, 'give log or kafka'],
    [{ DATABASE_URL, POSTAMT_SINK: 'kafka' }, 'KAFKA_BROKERS is ""'],
    [
      { DATABASE_URL, ...KAFKA, KAFKA_TRANSACTIONS: 'no' },
      'KAFKA_TRANSACTIONS is "no": give on or off',
    ],
    [
      { DATABASE_URL, ...KAFKA, KAFKA_CA_FILE: '/no/such.pem' },
      'KAFKA_CA_FILE is "/no/such.pem": it cannot be read',
    ],
    [{ DATABASE_URL, PORT: '65536' }, 'PORT is "65536"'],
    [{ DATABASE_URL, POSTAMT_SCHEMA: 'A b' }, 'schema "A b" is not usable'],
  ])('refuses %p', (env, words) => {
    expect(() => readSettings(env)).toThrow(
      expect.objectContaining({
        code: 'INVALID_CONFIG',
        message: expect.stringContaining(words),
      }),
    );
  });
});

describe('applicationName', () => {
  it('bears the id of the relay', () => {
    expect(applicationName('relay-1')).toBe('postamt-relay:relay-1');
  });

  it.each([
    ['x'.repeat(80), 63],
    [`${'x'.repeat(48)}ä`, 62],
    [`${'x'.repeat(47)}ä`, 63],
  ])('cuts %s to %d bytes, between characters', (id, bytes) => {
    const name = applicationName(id);
    expect(Buffer.byteLength(name)).toBe(bytes);
    expect(`postamt-relay:${id}`.startsWith(name)).toBe(true);
  });
});
