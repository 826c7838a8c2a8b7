import { PostamtError } from '#kernel';

/** @throws PostamtError INVALID_GROUP_ID for an empty name or one of more than 249 characters */
export function requireGroupName(name: string): void {
  if (typeof name === 'string' && name.length > 0 && name.length <= 249) return;
  throw new PostamtError(
    'INVALID_GROUP_ID',
    `${JSON.stringify(name)} is no name for a group: give 1 to 249 characters`,
  );
}
