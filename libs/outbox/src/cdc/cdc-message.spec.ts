import { describe, expect, it } from '@jest/globals';
import type { EncodedEvent } from '../publish/encode-event.js';
import { decodeMessage, encodeMessages } from './cdc-message.js';

const ID = '0190a5b0-1234-7abc-8def-0123456789ab';
const event = (given: Partial<EncodedEvent> = {}): EncodedEvent => ({
  id: ID,
  ownId: false,
  shard: 7,
  topicNumber: 3,
  timestamp: 1_700_000_000_123,
  key: Buffer.from('k'),
  value: Buffer.from('v'),
  headers: null,
  deliverAt: null,
  deliverAfterMs: null,
  ...given,
});

function decoded(...events: EncodedEvent[]) {
  return encodeMessages(events).flatMap(decodeMessage);
}

describe('a logical message', () => {
  it('bears events as they were', () => {
    const headers = JSON.stringify([
      ['naïve', Buffer.from('x').toString('base64')],
    ]);
    const [plain, bare] = decoded(
      event({ headers }),
      event({ key: null, value: null, timestamp: 0 }),
    );
    expect(plain).toMatchObject({
      eventId: ID,
      topicNumber: 3,
      timestamp: 1_700_000_000_123,
      key: Buffer.from('k'),
      value: Buffer.from('v'),
      headers: [['naïve', 'eA==']],
    });
    expect(bare).toMatchObject({ key: null, value: null, headers: null });
  });

  it('tells nothing from null', () => {
    const [only] = decoded(
      event({ key: Buffer.alloc(0), value: Buffer.alloc(0) }),
    );
    expect(only).toMatchObject({
      key: Buffer.alloc(0),
      value: Buffer.alloc(0),
    });
  });

  it('is cut at about a megabyte, with the events in their order', () => {
    const events = Array.from({ length: 25 }, (_, n) =>
      event({ value: Buffer.alloc(100_000, n) }),
    );
    expect(encodeMessages(events)).toHaveLength(3);
    expect(decoded(...events).map(({ value }) => value?.[0])).toEqual(
      Array.from({ length: 25 }, (_, n) => n),
    );
    expect(
      encodeMessages([event({ value: Buffer.alloc(3_000_000) })]),
    ).toHaveLength(1);
    expect(encodeMessages([])).toEqual([]);
  });

  it('of a later version is not guessed at, and one of somebody else is told from ours', () => {
    const [bytes = Buffer.alloc(0)] = encodeMessages([event()]);
    const later = Buffer.from(bytes);
    later[3] = 2;
    expect(() => decodeMessage(later)).toThrow('form 2');
    for (const wrong of [
      Buffer.alloc(0),
      bytes.subarray(0, -1),
      Buffer.from('hello'),
      Buffer.from('PAE\x01x'),
    ])
      expect(() => decodeMessage(wrong)).toThrow('none of the outbox');
  });
});
