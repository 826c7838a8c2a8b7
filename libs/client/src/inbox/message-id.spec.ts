import { describe, expect, it } from '@jest/globals';
import { messageIdOf, requireStorable } from './message-id.js';

const place = { topic: 'a-1', partition: 2, offset: 7n };

describe('messageIdOf', () => {
  it("takes the outbox event's id, and the place in the log where there is none", () => {
    expect(messageIdOf({ ...place, eventId: 'e1' })).toBe('e1');
    expect(messageIdOf({ ...place, eventId: undefined })).toBe('a-1-2-7');
  });

  it('takes the place in the log where somebody else set a header that cannot be an id', () => {
    for (const eventId of ['', 'a\0b', 'x'.repeat(1_001)])
      expect(messageIdOf({ ...place, eventId })).toBe('a-1-2-7');
  });
});

describe('requireStorable', () => {
  it.each([
    ['null', null],
    ['undefined', undefined],
    ['number', 7],
    ['""', ''],
    ['a\\u0000b', 'a\0b'],
    ['ud800', '\ud800'],
    ['xxx…', 'x'.repeat(1_001)],
  ])('refuses %s', (shown, id) => {
    expect(() => requireStorable('the message id', id)).toThrow(shown);
  });

  it('takes what is odd and well-formed', () => {
    for (const id of [
      ' ',
      "'; drop table x --",
      'né\u0301e',
      'x'.repeat(1_000),
    ])
      expect(() => requireStorable('the message id', id)).not.toThrow();
  });
});
