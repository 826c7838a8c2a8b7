import { describe, expect, it } from '@jest/globals';
import { formatFields, formatTable } from './table.js';

describe('formatTable', () => {
  it('has columns without lines, numbers to the right, and no space at the end', () => {
    const table = formatTable(
      ['topic', 'records', 'id'],
      [
        ['a', 5n, 'x'],
        ['incidents', 1200n, 'yy'],
      ],
    );
    expect(table.split('\n')).toEqual([
      'topic      records  id',
      'a                5  x',
      'incidents     1200  yy',
    ]);
  });

  it('is its head alone where there is nothing', () => {
    expect(formatTable(['topic', 'id'], [])).toBe('topic  id');
  });
});

describe('formatFields', () => {
  it('lines up the values', () => {
    expect(
      formatFields([
        ['id', 7],
        ['config', 'x=1'],
      ]),
    ).toBe('id      7\nconfig  x=1');
  });
});
