const SHOWN = 10;

/**
 * The first lines in which two texts differ, from the first difference on, as `-` what stands in the file and `+` what it
 * should be. Empty = they are equal.
 */
export function differences(file: string, wanted: string): string[] {
  if (file === wanted) return [];
  const [before, after] = [file.split('\n'), wanted.split('\n')];
  const first = before.findIndex((line, at) => line !== after[at]);
  const at = first === -1 ? before.length : first;
  return [
    `line ${at + 1}:`,
    ...before.slice(at, at + SHOWN).map((line) => `- ${line}`),
    ...after.slice(at, at + SHOWN).map((line) => `+ ${line}`),
  ];
}
