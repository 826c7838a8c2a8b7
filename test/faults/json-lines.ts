/** A value as a line of JSON; a bigint is a string in it. */
export function lineOf(value: unknown): string {
  return `${JSON.stringify(value, (_name, each: unknown) =>
    typeof each === 'bigint' ? String(each) : each,
  )}\n`;
}

/** The lines of a file that somebody may be writing to: one that is being written has no end yet. */
export function wholeLines(text: string): string[] {
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
  return lines.filter((line) => line !== '');
}
