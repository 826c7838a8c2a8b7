import { PostamtError } from '#kernel';

/**
 * Refuses options that do not exist: a misspelt one would be left out in silence.
 *
 * @param owner whose options they are, for the message
 * @throws PostamtError INVALID_CONFIG naming the option
 */
export function checkOptionNames(
  options: object,
  names: readonly string[],
  owner: string,
): void {
  const unknown = Object.keys(options).find((name) => !names.includes(name));
  if (unknown === undefined) return;
  throw new PostamtError(
    'INVALID_CONFIG',
    `${owner} has no option ${JSON.stringify(unknown)}: it has ${names.join(', ')}`,
  );
}
