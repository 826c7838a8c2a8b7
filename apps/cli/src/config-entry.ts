import { InvalidArgumentError } from 'commander';

/** Collects an option that may be given again: `key=value`, the name of a setting and what it is to be. */
export function withEntry(
  text: string,
  entries: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const [, key, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (key === undefined || value === undefined)
    throw new InvalidArgumentError('Give key=value.');
  return { ...entries, [key]: value };
}

/** Collects an option that may be given again. */
export function withText(
  text: string,
  before: readonly string[] = [],
): string[] {
  return [...before, text];
}
