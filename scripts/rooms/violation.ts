/** One broken rule. */
export interface Violation {
  readonly path: string;
  readonly line: number;
  /** The import at fault; absent where the rule is not about an import. */
  readonly specifier?: string;
  /** The rule, in words that say what would be right. */
  readonly rule: string;
}

/** A violation as one line of output, `file:line` first so that editors can jump to it. */
export function formatViolation(violation: Violation): string {
  const { path, line, specifier, rule } = violation;
  const what = specifier === undefined ? '' : ` '${specifier}'`;
  return `${path}:${line}${what}: ${rule}`;
}
