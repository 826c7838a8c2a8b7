import { PostamtError } from '#kernel';
import type { Assignor } from './assignor.js';
import { rangeAssignor } from './range-assignor.js';
import { roundRobinAssignor } from './round-robin-assignor.js';
import { stickyAssignor } from './sticky-assignor.js';

/** The assignors that need not be written, by name: `sticky` (the default), `range` and `roundrobin`, as Kafka has them. */
export const ASSIGNORS: ReadonlyMap<string, Assignor> = new Map(
  [stickyAssignor, rangeAssignor, roundRobinAssignor].map((assignor) => [
    assignor.name,
    assignor,
  ]),
);

/**
 * The one of {@link ASSIGNORS} that is called `name`.
 *
 * @throws PostamtError UNSUPPORTED_ASSIGNOR
 * @example
 * const assignor = assignorOf(process.env.ASSIGNOR ?? 'sticky');
 */
export function assignorOf(name: string): Assignor {
  const assignor = ASSIGNORS.get(name);
  if (assignor) return assignor;
  throw new PostamtError(
    'UNSUPPORTED_ASSIGNOR',
    `there is no assignor '${name}': name one of ${[...ASSIGNORS.keys()].join(', ')}, or pass one of your own`,
  );
}
