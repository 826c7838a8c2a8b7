import { describe, expect, it } from '@jest/globals';
import { readWalsenderMessage, statusUpdate } from './walsender-message.js';

describe('readWalsenderMessage', () => {
  it('reads keepalives', () => {
    const chunk = Buffer.alloc(18);
    chunk[0] = 0x6b;
    chunk.writeBigUInt64BE(0x16_b374_d848n, 1);
    chunk[17] = 1;
    expect(readWalsenderMessage(chunk)).toEqual({
      kind: 'keepalive',
      sentUpTo: 0x16_b374_d848n,
      wantsAnswer: true,
    });
  });

  it('reads data behind its header, and leaves the unknown alone', () => {
    const chunk = Buffer.concat([Buffer.alloc(25, 'w'), Buffer.from('body')]);
    expect(readWalsenderMessage(chunk)).toEqual({
      kind: 'data',
      content: Buffer.from('body'),
    });
    expect(readWalsenderMessage(Buffer.from('?'))).toEqual({ kind: 'other' });
  });
});

describe('statusUpdate', () => {
  it('names the position itself three times, and not the byte behind it', () => {
    const bytes = statusUpdate(0x1_0000_0000n, true);
    expect(bytes.length).toBe(34);
    for (const at of [1, 9, 17])
      expect(bytes.readBigUInt64BE(at)).toBe(0x1_0000_0000n);
    expect(bytes[33]).toBe(1);
  });
});
