import { PostamtError } from '#kernel';

/** The error for a group that does not exist. */
export function groupNotFound(name: string): PostamtError {
  return new PostamtError(
    'GROUP_ID_NOT_FOUND',
    `there is no group ${JSON.stringify(name)}; \`postamt groups list\` shows those that there are`,
  );
}
