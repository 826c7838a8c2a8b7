const FORM =
  /^(\d{4}-\d\d-\d\d)T\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

/**
 * A time of ISO 8601 with a zone, in milliseconds since 1970; undefined when the text is none. The day is looked at on its
 * own, since `Date.parse` takes the 30th of February for the 1st of March.
 */
export function parseTime(text: string): number | undefined {
  const day = FORM.exec(text)?.[1];
  if (day === undefined) return undefined;
  const midnight = Date.parse(`${day}T00:00:00Z`);
  const exists =
    Number.isFinite(midnight) &&
    new Date(midnight).toISOString().startsWith(day);
  const at = Date.parse(text);
  return exists && Number.isFinite(at) ? at : undefined;
}
