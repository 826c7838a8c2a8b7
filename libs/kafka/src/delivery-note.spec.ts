import { describe, expect, it } from '@jest/globals';
import {
  digestOf,
  knownAfter,
  readNote,
  without,
  writeNote,
} from './delivery-note.js';

const note = writeNote({ ids: [3n, 4n], known: new Set([1n, 3n]) });
const undone = { number: 7n, ids: note, done: false };
const made = { number: 7n, digest: digestOf(note) };

describe('a delivery’s note', () => {
  it('is read as it was written', () => {
    expect(readNote(note)).toEqual({ ids: [3n, 4n], known: new Set([1n, 3n]) });
  });
});

describe('knownAfter', () => {
  it('knows nothing before the first delivery', () => {
    expect(knownAfter(undefined, made)).toEqual(new Set());
  });

  it('adds the events of a delivery that was made to those known before', () => {
    expect(knownAfter(undone, made)).toEqual(new Set([1n, 3n, 4n]));
  });

  it('keeps only what was known before where the delivery was not made', () => {
    const before = { number: 6n, digest: 'another' };
    expect(knownAfter(undone, before)).toEqual(new Set([1n, 3n]));
    expect(knownAfter(undone, undefined)).toEqual(new Set([1n, 3n]));
  });

  it('takes the same number with other events for another delivery', () => {
    const other = { number: 7n, digest: digestOf([8n]) };
    expect(knownAfter(undone, other)).toEqual(new Set([1n, 3n]));
  });

  it('takes a greater number for another delivery, as after a restore', () => {
    const greater = { ...made, number: 9n };
    expect(knownAfter(undone, greater)).toEqual(new Set([1n, 3n]));
  });

  it('forgets what the delivery’s move has marked, and keeps the rest', () => {
    expect(knownAfter({ ...undone, done: true }, made)).toEqual(new Set([1n]));
  });
});

describe('without', () => {
  it('leaves what was not marked', () => {
    expect(without(new Set([1n, 2n]), [2n, 5n])).toEqual(new Set([1n]));
  });
});
