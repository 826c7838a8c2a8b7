import { inspect } from 'node:util';

const LONGEST = 120;
const LONGEST_STRING = 80;
const SHOWN_BYTES = 16;

/**
 * A value as it stands in an error message: one line of at most 120 characters, strings as JSON. It never throws and
 * runs none of the value's own code (getters, `toJSON`), whatever the value is: cycles and bigints included.
 *
 * @example
 * showValue('high'); // '"high"'
 * showValue(12n); // '12n'
 * showValue(Buffer.from([1, 2])); // 'Buffer of 2 bytes (0102)'
 */
export function showValue(value: unknown): string {
  if (typeof value === 'string') return showString(value);
  if (Buffer.isBuffer(value)) return showBytes(value);
  return shorten(
    inspect(value, {
      depth: 1,
      customInspect: false,
      breakLength: Infinity,
      compact: true,
      maxArrayLength: 5,
      maxStringLength: LONGEST_STRING,
    }).replaceAll('\n', ' '),
  );
}

function showString(text: string): string {
  return text.length <= LONGEST_STRING
    ? JSON.stringify(text)
    : `${JSON.stringify(text.slice(0, LONGEST_STRING))}… (${text.length} characters)`;
}

function showBytes(bytes: Buffer): string {
  const hex = bytes.toString('hex', 0, SHOWN_BYTES);
  const more = bytes.length > SHOWN_BYTES ? '…' : '';
  return `Buffer of ${bytes.length} bytes (${hex}${more})`;
}

function shorten(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1)}…`;
}
