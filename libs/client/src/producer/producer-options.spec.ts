import { describe, expect, it } from '@jest/globals';
import { type ProducerOptions, producerSettings } from './producer-options.js';

describe('producerSettings', () => {
  it('has the defaults of Kafka, but for lingerMs', () => {
    expect(producerSettings()).toMatchObject({
      acks: 'all',
      enableIdempotence: true,
      batchSize: 16_384,
      bufferMemory: 33_554_432,
      maxBlockMs: 60_000,
      maxRequestSize: 1_048_576,
      deliveryTimeoutMs: 120_000,
      requestTimeoutMs: 30_000,
      retries: 2_147_483_647,
      compressionType: 'none',
      lingerMs: 0,
    });
  });

  it('is idempotent with each acks, and not where nothing is sent again', () => {
    expect(producerSettings({ acks: 1 }).enableIdempotence).toBe(true);
    expect(producerSettings({ acks: 0 }).enableIdempotence).toBe(true);
    expect(producerSettings({ retries: 0 }).enableIdempotence).toBe(false);
  });

  it('takes undefined for not given', () => {
    expect(producerSettings({ acks: undefined } as object).acks).toBe('all');
  });

  it.each<[string, object]>([
    ['linger', { linger: 5 }],
    ['acks', { acks: 2 }],
    ['batchSize', { batchSize: -1 }],
    ['lingerMs', { lingerMs: 0.5 }],
    ['deliveryTimeoutMs', { deliveryTimeoutMs: 0 }],
    ['retries', { retries: 0, enableIdempotence: true }],
    ['compressionType', { compressionType: 'brotli' }],
    ['partitioner', { partitioner: 'random' }],
    ['enableIdempotence', { enableIdempotence: 'yes' }],
  ])('refuses %s by name: %j', (name, options) => {
    expect(() => producerSettings(options as ProducerOptions)).toThrow(
      expect.objectContaining({
        code: 'INVALID_CONFIG',
        message: expect.stringContaining(`option ${name} `),
      }),
    );
  });
});
