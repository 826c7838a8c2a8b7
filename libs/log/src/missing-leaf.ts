import { PostamtError } from '#kernel';
import type { Topic } from './topic.js';

/** The error for a leaf that the catalogue names and that does not exist: somebody dropped it by hand. */
export function missingLeaf(
  topics: readonly Topic[],
  cause: unknown,
): PostamtError {
  const leaves = topics.map((topic) => `${topic.leaf} of topic ${topic.name}`);
  return new PostamtError(
    'STALE_LEAF',
    `a leaf does not exist, though the catalogue names it: ${[...new Set(leaves)].join(' or ')}; restore it`,
    { cause },
  );
}
