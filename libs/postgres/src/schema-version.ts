/** How the migrations that a schema has stand to those that this version knows. */
export interface SchemaVerdict {
  /** Known here and not yet applied. */
  readonly pending: readonly string[];
  /** Applied by a newer version and marked as breaking for this one. */
  readonly breaking: readonly string[];
}

/** Compares the names of the migrations known here with those applied. Newer ones that break nothing do not matter. */
export function decideSchema(
  known: readonly string[],
  applied: readonly string[],
): SchemaVerdict {
  const newer = applied.filter((name) => !known.includes(name));
  return {
    pending: known.filter((name) => !applied.includes(name)),
    breaking: newer.filter((name) => name.endsWith('-breaking')),
  };
}
