import type { Statement } from '#postgres';

/** More leaves than a process writes to at a time; what is forgotten is made again. */
const MOST_KEPT = 2_000;

/** Makes each leaf's statement once. Leaves come and go for as long as a process lives, so that old ones are forgotten. */
export function perLeaf<Values extends readonly unknown[], Row>(
  make: (leaf: string) => Statement<Values, Row>,
): (leaf: string) => Statement<Values, Row> {
  const made = new Map<string, Statement<Values, Row>>();
  return (leaf) => {
    const known = made.get(leaf);
    if (known) return known;
    if (made.size >= MOST_KEPT) made.clear();
    const statement = make(leaf);
    made.set(leaf, statement);
    return statement;
  };
}
