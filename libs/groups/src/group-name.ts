import { PostamtError } from '#kernel';

/** @throws PostamtError INVALID_GROUP_ID for an empty name, one of more than 249 characters, or one with a NUL in it */
export function requireGroupName(name: string): void {
  const isText = typeof name === 'string' && !name.includes('\0');
  if (isText && name.length > 0 && name.length <= 249) return;
  throw new PostamtError(
    'INVALID_GROUP_ID',
    `${JSON.stringify(name)} is no name for a group: give 1 to 249 characters, without NUL`,
  );
}
