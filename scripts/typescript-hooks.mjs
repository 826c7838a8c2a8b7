// Lets Node run the project from source: `node --import ./scripts/typescript-hooks.mjs file.ts`. Maps './x.js' in a
// TypeScript file to './x.ts', compiles with swc (type stripping knows no decorators), and adds the condition by which
// the libs' names lead to their sources.
import { existsSync, readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { transformSync } from '@swc/core';

const SOURCE = /\.ts$/;
const CONDITION = 'postamt-source';

registerHooks({
  resolve(specifier, context, nextResolve) {
    const conditions = context.conditions.includes(CONDITION)
      ? context.conditions
      : [CONDITION, ...context.conditions];
    const source = sourceOf(specifier, context.parentURL);
    if (source) return { url: source, format: 'module', shortCircuit: true };
    return nextResolve(specifier, { ...context, conditions });
  },
  load(url, context, nextLoad) {
    if (!isOurs(url)) return nextLoad(url, context);
    return { format: 'module', shortCircuit: true, source: compile(url) };
  },
});
process.setSourceMapsEnabled(true);

/** The `.ts` file that a relative import of a `.js` file means; undefined for all others. */
function sourceOf(specifier, parentURL) {
  if (!parentURL || !/^\.{1,2}\/.*\.js$/.test(specifier)) return undefined;
  const source = new URL(specifier.replace(/\.js$/, '.ts'), parentURL);
  return isOurs(source.href) && existsSync(source) ? source.href : undefined;
}

function isOurs(url) {
  return (
    url.startsWith('file:') &&
    SOURCE.test(url) &&
    !url.includes('/node_modules/')
  );
}

function compile(url) {
  const filename = fileURLToPath(url);
  const { code } = transformSync(readFileSync(filename, 'utf8'), {
    filename,
    swcrc: false,
    sourceMaps: 'inline',
    jsc: {
      target: 'es2023',
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true },
    },
    module: { type: 'es6' },
  });
  return code;
}
