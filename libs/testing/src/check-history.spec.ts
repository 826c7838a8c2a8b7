import { describe, expect, it } from '@jest/globals';
import { checkHistory, type History } from './check-history.js';

const sound: History = {
  committed: [
    { id: 'a0', key: 'a', version: 0 },
    { id: 'a1', key: 'a', version: 1 },
    { id: 'b0', key: 'b', version: 0 },
    { id: 'n0', key: null, version: 0 },
  ],
  log: [
    { partition: 0, offset: 0n, id: 'a0' },
    { partition: 0, offset: 1n, id: 'a1' },
    { partition: 1, offset: 0n, id: 'b0' },
    { partition: 1, offset: 1n, id: 'n0' },
  ],
};

function rulesBrokenBy(log: History['log']): string[] {
  return checkHistory({ ...sound, log }).map((violation) => violation.rule);
}

describe('checkHistory', () => {
  it('finds nothing in a sound history', () => {
    expect(checkHistory(sound)).toEqual([]);
  });

  it('names a committed event that is not in the log', () => {
    expect(checkHistory({ ...sound, log: sound.log.slice(0, 3) })).toEqual([
      { rule: 'lost', detail: 'n0 was committed and is not in the log' },
    ]);
  });

  it('names an event that stands in the log twice', () => {
    const twice = [...sound.log, { partition: 1, offset: 2n, id: 'b0' }];
    expect(rulesBrokenBy(twice)).toContain('duplicate');
  });

  it('names an event that was never committed', () => {
    const ghost = [...sound.log, { partition: 1, offset: 2n, id: 'ghost' }];
    expect(rulesBrokenBy(ghost)).toEqual(['uncommitted']);
  });

  it('names a key whose events stand in the wrong order', () => {
    const [a0, a1, ...rest] = sound.log as [
      History['log'][0],
      History['log'][0],
    ];
    const turned = [{ ...a0, id: 'a1' }, { ...a1, id: 'a0' }, ...rest];
    expect(rulesBrokenBy(turned)).toEqual(['order']);
  });

  it('names a key that stands in two partitions', () => {
    const moved = sound.log.map((entry) =>
      entry.id === 'a1' ? { partition: 1, offset: 2n, id: 'a1' } : entry,
    );
    expect(rulesBrokenBy(moved)).toEqual(['split key']);
  });

  it('names a gap and an overlap of offsets', () => {
    const at = (offset: bigint) =>
      sound.log.map((entry) =>
        entry.id === 'n0' ? { ...entry, offset } : entry,
      );
    expect(rulesBrokenBy(at(5n))).toEqual(['gap']);
    expect(rulesBrokenBy(at(0n))).toEqual(['overlap']);
  });
});
