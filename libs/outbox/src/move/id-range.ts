/** The least and the greatest of some ids; at least one. */
export function idRange(ids: readonly bigint[]): [bigint, bigint] {
  let least = ids[0] as bigint;
  let greatest = least;
  for (const id of ids) {
    if (id < least) least = id;
    if (id > greatest) greatest = id;
  }
  return [least, greatest];
}
