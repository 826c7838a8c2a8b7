import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { compilerFaults, modulePath } from './compiler-output.ts';
import type { Fault } from './fault.ts';
import type { DocModule } from './modules-of.ts';

/**
 * Type-checks modules with the project's compiler and options. They are written below the project, so that
 * `import … from 'postamt/engine'` is the package's reference to itself and leads to the sources.
 */
export function compile(root: string, modules: readonly DocModule[]): Fault[] {
  if (modules.length === 0) return [];
  mkdirSync(join(root, '.postamt'), { recursive: true });
  const folder = mkdtempSync(join(root, '.postamt', 'docs-'));
  try {
    for (const module of modules) writeModule(folder, module);
    writeProject(folder, modules);
    return compilerFaults(
      runCompiler(root, folder),
      relative(root, folder).split(sep).join('/'),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function writeModule(folder: string, module: DocModule): void {
  const file = join(folder, modulePath(module));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, module.source);
}

function writeProject(folder: string, modules: readonly DocModule[]): void {
  const project = {
    extends: '../../tsconfig.json',
    compilerOptions: { moduleDetection: 'force', declaration: false },
    files: modules.map(modulePath),
    include: [],
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(project));
}

function runCompiler(root: string, folder: string): string {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const result = spawnSync(
    process.execPath,
    [tsc, '--pretty', 'false', '-p', folder],
    { cwd: root, encoding: 'utf8' },
  );
  if (result.error) throw result.error;
  const output = result.stdout + result.stderr;
  if (result.status !== 0 && output.trim() === '') {
    throw new Error(`tsc ended with ${result.status ?? result.signal}`);
  }
  return output;
}
