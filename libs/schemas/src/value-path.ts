/**
 * Puts a step in front of a path, as one writes it in code: `items`, then `[2]`, then `id` is `items[2].id`. Paths are
 * built from the inside out, when an error is on its way up: a value that is right costs none of it.
 */
export function joinPath(step: string, rest: string): string {
  return step === '' || rest === '' || rest.startsWith('[')
    ? step + rest
    : `${step}.${rest}`;
}
