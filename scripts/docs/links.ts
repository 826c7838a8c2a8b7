import { posix } from 'node:path';
import type { Fault } from './fault.ts';
import { pageOf } from './fences.ts';

/**
 * The relative links of a page that lead nowhere. `exists` is asked about paths relative to the repository's root; what
 * lies outside it does not exist.
 */
export function brokenLinks(
  path: string,
  markdown: string,
  exists: (path: string) => boolean,
): Fault[] {
  return pageOf(markdown).prose.flatMap((text, index) =>
    relativeTargets(text)
      .filter((target) => !leadsSomewhere(path, target, exists))
      .map((target) => ({
        path,
        line: index + 1,
        message: `link to ${target}, which does not exist`,
      })),
  );
}

/** Inline links and images, and link definitions; not what stands in code spans, has a scheme or is an anchor. */
function relativeTargets(text: string): string[] {
  const prose = text.replace(/(`+)[^`].*?\1/g, '');
  const inline = [...prose.matchAll(/\]\(\s*<?([^)>\s]+)/g)];
  const definitions = [...prose.matchAll(/^\s*\[[^\]]+\]:\s*<?([^>\s]+)/g)];
  return [...inline, ...definitions]
    .map(([, target = '']) => target)
    .filter((target) => !/^([a-z][a-z0-9+.-]*:|#|\/\/)/i.test(target));
}

function leadsSomewhere(
  path: string,
  target: string,
  exists: (path: string) => boolean,
): boolean {
  const file = decodeURIComponent(target.replace(/[#?].*$/, ''));
  const from = file.startsWith('/') ? '.' : posix.dirname(path);
  const resolved = posix.join(from, file);
  return !resolved.startsWith('..') && exists(resolved);
}
