/** A fenced code block of a markdown page. */
export interface Fence {
  /** What stands behind the opening fence: the language and our marks. */
  readonly info: string;
  /** The line of the opening fence, 1-based. */
  readonly line: number;
  readonly code: readonly string[];
}

/** A markdown page, taken apart. */
export interface Page {
  readonly fences: readonly Fence[];
  /** The page's lines with those of fenced blocks emptied, so that numbers stay. */
  readonly prose: readonly string[];
}

const OPENING = /^\s*(`{3,}|~{3,})\s*([^`]*)$/;

interface OpenFence {
  readonly mark: string;
  readonly info: string;
  readonly line: number;
  readonly code: string[];
}

/** Takes a page apart. A block that is never closed reaches to the page's end, as CommonMark has it. */
export function pageOf(markdown: string): Page {
  const fences: Fence[] = [];
  const prose: string[] = [];
  let open: OpenFence | undefined;
  for (const [index, text] of markdown.split('\n').entries()) {
    if (open === undefined) {
      open = opened(text, index + 1);
      if (open) fences.push(open);
      prose.push(open ? '' : text);
    } else {
      prose.push('');
      if (closes(text, open.mark)) open = undefined;
      else open.code.push(text);
    }
  }
  return { fences, prose };
}

function opened(text: string, line: number): OpenFence | undefined {
  const match = OPENING.exec(text);
  if (!match) return undefined;
  const [, mark = '', info = ''] = match;
  return { mark, info: info.trim(), line, code: [] };
}

/** A fence is closed by at least as many of the same character, alone on their line. */
function closes(text: string, mark: string): boolean {
  const trimmed = text.trim();
  return (
    trimmed.startsWith(mark) && trimmed === mark[0]?.repeat(trimmed.length)
  );
}
