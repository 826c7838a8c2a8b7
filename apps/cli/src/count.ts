/** A number of things, in words: `1 partition`, `3 partitions`. */
export function count(number: number | bigint, thing: string): string {
  return `${number} ${thing}${Number(number) === 1 ? '' : 's'}`;
}
