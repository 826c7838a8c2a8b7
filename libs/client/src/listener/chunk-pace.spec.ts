import { describe, expect, it } from '@jest/globals';
import { ChunkPace } from './chunk-pace.js';

describe('A chunk pace', () => {
  it('begins with few, and goes to the most where records take next to no time', () => {
    const pace = new ChunkPace(500);
    expect(pace.records).toBe(32);
    pace.note(32, 0);
    expect(pace.records).toBe(500);
    expect(new ChunkPace(10).records).toBe(10);
  });

  it('takes as many as about a second is enough for, and at least one', () => {
    const pace = new ChunkPace(500);
    pace.note(32, 320);
    expect(pace.records).toBe(100);
    pace.note(100, 60_000);
    expect(pace.records).toBe(1);
    pace.note(1, 5);
    expect(pace.records).toBe(200);
  });

  it('learns nothing from a chunk in which nothing was done', () => {
    const pace = new ChunkPace(500);
    pace.note(0, 10_000);
    expect(pace.records).toBe(32);
  });
});
