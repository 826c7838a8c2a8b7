import { parseSync } from '@swc/core';

/** One place where a file names another module. */
export interface ImportSite {
  readonly specifier: string;
  /** 1-based. */
  readonly line: number;
  /** False for `import.meta.resolve`, which names a module without loading it. */
  readonly loads: boolean;
}

type Node = Readonly<Record<string, unknown>>;

/**
 * Every module that a TypeScript source names: `import`, `import type`, `export … from`, `import()` as expression and as
 * type, `import x = require()`, `require()` and `import.meta.resolve()`. A specifier that is computed is not seen.
 */
export function importsOf(source: string): ImportSite[] {
  const program = parseSync(source, { syntax: 'typescript', decorators: true });
  const bytes = Buffer.from(source);
  const sites: ImportSite[] = [];
  visit(program, (node) => {
    const specifier = specifierOf(node);
    if (specifier === undefined) return;
    const loads = !isResolve(node['callee']);
    sites.push({ specifier, line: lineOf(bytes, node), loads });
  });
  return sites;
}

function visit(value: unknown, onNode: (node: Node) => void): void {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) onNode(value as Node);
  for (const child of Object.values(value)) visit(child, onNode);
}

function specifierOf(node: Node): string | undefined {
  switch (node['type']) {
    case 'ImportDeclaration':
    case 'ExportAllDeclaration':
    case 'ExportNamedDeclaration':
      return textOf(node['source']);
    case 'TsImportType':
      return textOf(node['argument']);
    case 'TsExternalModuleReference':
      return textOf(node['expression']);
    case 'CallExpression':
      return namesModule(node['callee'])
        ? textOf(firstArgument(node))
        : undefined;
    default:
      return undefined;
  }
}

function namesModule(callee: unknown): boolean {
  const { type, value } = callee as Node;
  return (
    type === 'Import' ||
    (type === 'Identifier' && value === 'require') ||
    isResolve(callee)
  );
}

function isResolve(callee: unknown): boolean {
  const { type, object, property } = (callee ?? {}) as Node;
  return (
    type === 'MemberExpression' &&
    (object as Node)['type'] === 'MetaProperty' &&
    (property as Node)['value'] === 'resolve'
  );
}

function firstArgument(call: Node): unknown {
  const [first] = call['arguments'] as readonly Node[];
  return first?.['expression'];
}

function textOf(literal: unknown): string | undefined {
  const node = (literal ?? {}) as Node;
  if (node['type'] === 'StringLiteral') return node['value'] as string;
  if (node['type'] !== 'TemplateLiteral') return undefined;
  const quasis = node['quasis'] as readonly Node[];
  return quasis.length === 1 ? (quasis[0]?.['cooked'] as string) : undefined;
}

/** The parser's spans count bytes of UTF-8, beginning with 1. */
function lineOf(bytes: Buffer, node: Node): number {
  const { start } = node['span'] as { start: number };
  let line = 1;
  for (const byte of bytes.subarray(0, start - 1)) if (byte === 10) line += 1;
  return line;
}
