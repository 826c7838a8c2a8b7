import type { PostamtError } from '#kernel';

const LONGEST = 2_000;

/** Why a key is parked, as a text of Postgres holds it: what others say may have zero bytes in it. */
export function reasonOf(error: PostamtError | undefined): string {
  return (error?.message ?? '')
    .replaceAll('\0', '')
    .slice(0, LONGEST)
    .toWellFormed();
}
