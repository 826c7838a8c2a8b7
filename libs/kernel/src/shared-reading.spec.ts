import { describe, expect, it } from '@jest/globals';
import { SharedReading } from './shared-reading.js';

describe('SharedReading', () => {
  it('reads once for all who ask at the same time or soon after', async () => {
    let reads = 0;
    const reading = new SharedReading(async () => (reads += 1));
    const first = await Promise.all([reading.value(), reading.value()]);
    expect([...first, await reading.value()]).toEqual([1, 1, 1]);
  });

  it('says nothing where there is nothing to be read', async () => {
    const reading = new SharedReading(() => Promise.reject(new Error('gone')));
    expect(await reading.value()).toBeUndefined();
  });
});
