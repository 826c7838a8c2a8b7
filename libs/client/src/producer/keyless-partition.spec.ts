import { describe, expect, it } from '@jest/globals';
import { KeylessPartition } from './keyless-partition.js';

const take = (chooser: KeylessPartition, count: number, partitions = 6) =>
  Array.from({ length: count }, () => chooser.next(100, partitions));

describe('KeylessPartition', () => {
  it('goes round where nothing sticks', () => {
    const taken = take(new KeylessPartition(0), 12);
    expect(new Set(taken.slice(0, 6))).toEqual(new Set([0, 1, 2, 3, 4, 5]));
    expect(taken.slice(6)).toEqual(taken.slice(0, 6));
  });

  it('stays until its bytes went to a partition, and then goes to another one', () => {
    const taken = take(new KeylessPartition(1_000), 1_000);
    const runs = Array.from({ length: 100 }, (_, n) =>
      taken.slice(n * 10, n * 10 + 10),
    );
    for (const run of runs) expect(new Set(run).size).toBe(1);
    const visited = runs.map(([partition]) => partition);
    for (let n = 1; n < visited.length; n += 1)
      expect(visited[n]).not.toBe(visited[n - 1]);
    expect(new Set(visited).size).toBe(6);
  });

  it('has one choice where there is one partition', () => {
    expect(new Set(take(new KeylessPartition(100), 9, 1))).toEqual(
      new Set([0]),
    );
  });
});
