/**
 * JSON without white space and with every object's keys in order, so that texts of one meaning are one text. The order
 * of arrays is kept: fields, symbols and branches mean something by their place. Throws a TypeError for what JSON cannot
 * hold (cycles, bigints).
 *
 * @example
 * canonicalJson({ b: 1, a: [2] }); // '{"a":[2],"b":1}'
 */
export function canonicalJson(value: unknown): string | undefined {
  return JSON.stringify(value, (_key, item: unknown) =>
    isObject(item) ? withSortedKeys(item) : item,
  );
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function withSortedKeys(value: object): object {
  return Object.fromEntries(
    Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}
