import { describe, expect, it } from '@jest/globals';
import { KafkaSink } from './kafka-sink.js';
import { sinkSettings, type KafkaSinkOptions } from './kafka-sink-options.js';

const least = { brokers: ['one:9092'], transactionalId: 'shop' };

describe('sinkSettings', () => {
  it('fills in the defaults', () => {
    expect(sinkSettings(least)).toEqual({
      brokers: [{ host: 'one', port: 9092 }],
      transactionalId: 'shop',
      deliveriesTopic: '_postamt_deliveries',
      compression: 'none',
      maxBatchBytes: 1_000_000,
      clientId: 'postamt',
      tls: undefined,
      sasl: undefined,
    });
  });

  it('reads addresses of IPv6', () => {
    const { brokers } = sinkSettings({ ...least, brokers: ['[::1]:9093'] });
    expect(brokers).toEqual([{ host: '::1', port: 9093 }]);
  });

  it('forgets the transactional id without transactions', () => {
    const options = { ...least, transactional: false };
    expect(sinkSettings(options).transactionalId).toBeUndefined();
    const { brokers } = least;
    expect(sinkSettings({ brokers, transactional: false })).toBeDefined();
  });

  it.each<[Partial<KafkaSinkOptions>, string]>([
    [{ brokers: [] }, 'brokers is empty'],
    [{ brokers: ['one'] }, '"one" is no broker: give host:port'],
    [{ brokers: ['one:0'] }, '"one:0" is no broker'],
    [{ transactionalId: '' }, 'transactionalId is missing'],
    [{ compression: 'brotli' as 'none' }, '"brotli" is none of none, gzip'],
    [{ maxBatchBytes: 0 }, 'maxBatchBytes is 0'],
    [{ sasl: { mechanism: 'GSSAPI' as 'PLAIN' } }, '"GSSAPI" is none of PLAIN'],
    [
      { sasl: { mechanism: 'PLAIN', username: 'x' } },
      'PLAIN needs a username and a password',
    ],
    [{ sasl: { mechanism: 'OAUTHBEARER' } }, 'OAUTHBEARER needs a token'],
  ])('refuses %p when the sink is made', (fault, words) => {
    expect(() => new KafkaSink({ ...least, ...fault })).toThrow(
      expect.objectContaining({
        code: 'INVALID_CONFIG',
        message: expect.stringContaining(words),
      }),
    );
  });
});
