import { describe, expect, it } from '@jest/globals';
import { Fifo } from './fifo.js';

describe('Fifo', () => {
  it('gives back in order what was put in, also while it makes room', () => {
    const fifo = new Fifo<number>();
    const taken: (number | undefined)[] = [];
    for (let n = 0; n < 10_000; n += 1) {
      fifo.push(n);
      if (n % 3 === 0) taken.push(fifo.shift());
    }
    expect(fifo.first).toBe(taken.length);
    while (fifo.length > 0) taken.push(fifo.shift());
    expect(taken).toEqual(Array.from({ length: 10_000 }, (_, n) => n));
    expect(fifo.shift()).toBeUndefined();
    expect(fifo.length).toBe(0);
  });
});
