/**
 * Claims ids that callers chose, and answers with those that were claimed before. $1 ids, joined by commas (a text, which
 * every library sends alike; each once) · $2 whether a duplicate leaves the others unclaimed. The function is in
 * migrations/000004.sql.
 */
export function claimIds(schema: string): string {
  return `select duplicate::text as id from ${schema}.claim_event_ids(string_to_array($1::text, ',')::uuid[], $2::boolean) as duplicate`;
}
