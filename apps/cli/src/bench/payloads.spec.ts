import { describe, expect, it } from '@jest/globals';
import { Payloads } from './payloads.js';

describe('Payloads', () => {
  it('makes values of letters and keys of digits, of the sizes asked for', () => {
    const payloads = new Payloads({ size: 100, keySize: 10 });
    const { key, value } = payloads.at(123);
    expect(value.toString()).toMatch(/^[A-Z]{100}$/);
    expect(key?.toString()).toBe('0000000123');
    expect(payloads.bytes).toBe(110);
  });

  it('has no keys of no size, and few of a small one', () => {
    expect(new Payloads({ size: 1, keySize: 0 }).at(7).key).toBeNull();
    const { key } = new Payloads({ size: 1, keySize: 1 }).at(17);
    expect(key?.toString()).toBe('7');
  });

  it('makes empty values, and large ones', () => {
    expect(new Payloads({ size: 0, keySize: 0 }).at(0).value).toHaveLength(0);
    const large = new Payloads({ size: 17 * 1_048_576, keySize: 0 });
    expect(large.at(5).value).toHaveLength(17 * 1_048_576);
  });
});
