/**
 * The least that a statement needs to run on somebody's connection: `query(text, values)` with `$1`-style parameters.
 * A {@link Tx}, a `pg` client and a pool all satisfy it as they are.
 */
export interface SqlExecutor {
  query(
    text: string,
    values?: unknown[],
  ): Promise<{ readonly rows: readonly Record<string, unknown>[] }>;
}
