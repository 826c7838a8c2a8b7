import type { RecordContext } from '#client';

/** Headers by name, as text; the last one of a name counts. It has no prototype: any name is only what was sent. */
export function headerTexts(
  headers: RecordContext['headers'],
): Record<string, string | null> {
  const texts = Object.create(null) as Record<string, string | null>;
  for (const { key, value } of headers)
    texts[key] = value?.toString('utf8') ?? null;
  return texts;
}
