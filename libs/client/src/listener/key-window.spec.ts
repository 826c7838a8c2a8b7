import { describe, expect, it } from '@jest/globals';
import type { LogRecord } from '#records';
import { KeyWindow, type KeyedRecord } from './key-window.js';

describe('KeyWindow', () => {
  it('hands out one record of each key, the next one when it is done', () => {
    const window = filled('a', 'a', 'b');
    const [first, other] = takeAll(window);
    expect(offsets([first, other])).toEqual([0, 2]);
    window.finish(first as KeyedRecord);
    expect(offsets(takeAll(window))).toEqual([1]);
  });

  it('lets records without a key wait for nobody', () => {
    expect(offsets(takeAll(filled(null, null, 'a', null)))).toEqual([
      0, 1, 2, 3,
    ]);
  });

  it('counts what is done from the first one on, and no further than the first that is not', () => {
    const window = filled('a', 'b', 'c', 'd');
    const [a, b, c, d] = takeAll(window) as [
      KeyedRecord,
      KeyedRecord,
      KeyedRecord,
      KeyedRecord,
    ];
    expect(window.finish(c)).toBe(0);
    expect(window.finish(a)).toBe(1);
    expect(window.size).toBe(3);
    expect(window.finish(b)).toBe(2);
    expect(window.finish(d)).toBe(1);
    expect(window.size).toBe(0);
  });

  it('gives out a record that failed when it is due, and those of its key behind it', () => {
    const window = filled('a', 'a', 'b');
    const [failing] = takeAll(window) as [KeyedRecord];
    failing.failures = 1;
    window.fail(failing, 50);
    expect(window.hasFailed).toBe(true);
    expect(window.hasNext(49)).toBe(false);
    expect(offsets(takeAll(window, 50))).toEqual([0]);
    // It runs once more, and nobody knows yet how that ends.
    expect(window.hasFailed).toBe(true);
    window.finish(failing);
    expect(window.hasFailed).toBe(false);
  });

  it('keeps the order of a key whose earlier records are done already', () => {
    const window = filled('a');
    const [first] = takeAll(window);
    window.finish(first as KeyedRecord);
    window.admit([record(1, 'a'), record(2, 'a')]);
    expect(offsets(takeAll(window))).toEqual([1]);
  });
});

function record(offset: number, key: string | null): LogRecord {
  return {
    offset: BigInt(offset),
    key: key === null ? null : Buffer.from(key),
    value: null,
    timestamp: 0,
    headers: [],
  };
}

function filled(...keys: (string | null)[]): KeyWindow {
  const window = new KeyWindow();
  window.admit(keys.map((key, offset) => record(offset, key)));
  return window;
}

function takeAll(window: KeyWindow, now = 0): KeyedRecord[] {
  const taken: KeyedRecord[] = [];
  for (let next = window.take(now); next; next = window.take(now))
    taken.push(next);
  return taken;
}

function offsets(entries: readonly (KeyedRecord | undefined)[]): number[] {
  return entries.map((entry) => Number(entry?.record.offset));
}
