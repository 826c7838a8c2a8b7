/** Something wrong in a page. */
export interface Fault {
  /** The page, relative to the repository's root. */
  readonly path: string;
  /** 1-based. */
  readonly line: number;
  readonly message: string;
}

/** A fault as one line of output, `file:line` first so that editors can jump to it. */
export function formatFault({ path, line, message }: Fault): string {
  return `${path}:${line}: ${message}`;
}
