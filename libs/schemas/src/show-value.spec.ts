import { describe, expect, it } from '@jest/globals';
import { showValue } from './show-value.js';

describe('showValue', () => {
  const circle: { self?: unknown } = {};
  circle.self = circle;

  it.each<[unknown, string]>([
    ['high "priority"\n', String.raw`"high \"priority\"\n"`],
    [12n, '12n'],
    [NaN, 'NaN'],
    [-0, '-0'],
    [undefined, 'undefined'],
    [null, 'null'],
    [Symbol('a'), 'Symbol(a)'],
    [{ a: 1, b: ['x'] }, "{ a: 1, b: [ 'x' ] }"],
    [{ a: { b: { c: 1 } } }, '{ a: { b: [Object] } }'],
    [circle, '<ref *1> { self: [Circular *1] }'],
    [Buffer.from([1, 2]), 'Buffer of 2 bytes (0102)'],
    [new Date(0), '1970-01-01T00:00:00.000Z'],
  ])('shows %p', (value, shown) => {
    expect(showValue(value)).toBe(shown);
  });

  it('stays within a line', () => {
    expect(showValue(Array.from({ length: 1000 }, (_, n) => n))).toBe(
      '[ 0, 1, 2, 3, 4, ... 995 more items ]',
    );
    expect(showValue({ a: 'x\ny'.repeat(100), b: 'y'.repeat(100) })).toMatch(
      /^.{119}…$/,
    );
    expect(showValue(Buffer.alloc(1000))).toBe(
      `Buffer of 1000 bytes (${'00'.repeat(16)}…)`,
    );
  });

  it("runs none of the value's code", () => {
    const hostile = {
      get a() {
        throw new Error('getter');
      },
      toJSON() {
        throw new Error('toJSON');
      },
      [Symbol.for('nodejs.util.inspect.custom')]() {
        throw new Error('inspect');
      },
    };
    expect(showValue(hostile)).toMatch(/^\{ a: \[Getter\]/);
  });
});
