import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Versions } from './manifest.ts';
import { type CommandOutput, runCommand } from './run-command.ts';
import { StartedProcess } from './started-process.ts';

const COMPILER_OPTIONS = {
  target: 'es2023',
  module: 'nodenext',
  types: ['node'],
  strict: true,
  noUncheckedIndexedAccess: true,
  noPropertyAccessFromIndexSignature: true,
  verbatimModuleSyntax: false,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
  // Our declarations are to compile by themselves, not only what the sources here use of them.
  skipLibCheck: false,
  rootDir: 'src',
  outDir: 'dist',
};

/** What a user's project is made of. */
export interface UserProjectOptions {
  /** Also that of its folder. */
  readonly name: string;
  /** Where its folder is made. */
  readonly within: string;
  /** The folder for temporary files of everything that runs in it. */
  readonly temporary: string;
  readonly dependencies: Versions;
  /** The folder that its sources are in, as `<name>.ts.txt`: they are not ours to compile. */
  readonly sources: string;
}

/** An application as somebody else has it: a folder with dependencies, sources and a compiler. */
export class UserProject {
  readonly name: string;
  readonly folder: string;
  readonly #env: NodeJS.ProcessEnv;

  constructor(options: UserProjectOptions) {
    const { name, within, temporary, dependencies, sources } = options;
    this.name = name;
    this.folder = join(within, name);
    this.#env = { TMPDIR: temporary };
    mkdirSync(join(this.folder, 'src'), { recursive: true });
    const manifest = { name, version: '1.0.0', private: true, type: 'module' };
    this.#write('package.json', { ...manifest, dependencies });
    this.#write('tsconfig.json', {
      compilerOptions: COMPILER_OPTIONS,
      include: ['src'],
    });
    for (const file of readdirSync(sources)) {
      const target = join(this.folder, 'src', file.replace(/\.txt$/, ''));
      writeFileSync(target, readFileSync(join(sources, file), 'utf8'));
    }
  }

  async install(...args: string[]): Promise<void> {
    const quiet = ['--no-audit', '--no-fund', '--prefer-offline'];
    await this.#run('npm', ['install', ...quiet, ...args]);
  }

  /** Type-checks, and writes `dist`. */
  async compile(...args: string[]): Promise<void> {
    const compiler = join('node_modules', 'typescript', 'bin', 'tsc');
    await this.node([compiler, '--project', '.', '--pretty', 'false', ...args]);
  }

  async node(
    args: readonly string[],
    env: NodeJS.ProcessEnv = {},
  ): Promise<CommandOutput> {
    return this.#run(process.execPath, args, { env });
  }

  /** Runs the bin that the package brings. */
  async postamt(
    args: readonly string[],
    options: { readonly env?: NodeJS.ProcessEnv; readonly expected?: number },
  ): Promise<CommandOutput> {
    return this.#run('npx', ['--no-install', 'postamt', ...args], options);
  }

  /** Starts a program of its folder, which runs until it is asked to end. */
  start(
    program: string,
    args: readonly string[],
    env: NodeJS.ProcessEnv = {},
  ): StartedProcess {
    const options = { cwd: this.folder, env: { ...this.#env, ...env } };
    return new StartedProcess([join(this.folder, program), ...args], options);
  }

  async #run(
    command: string,
    args: readonly string[],
    options: {
      readonly env?: NodeJS.ProcessEnv;
      readonly expected?: number;
    } = {},
  ): Promise<CommandOutput> {
    const env = { ...this.#env, ...options.env };
    return runCommand(command, args, { ...options, cwd: this.folder, env });
  }

  #write(name: string, content: object): void {
    writeFileSync(
      join(this.folder, name),
      `${JSON.stringify(content, undefined, 2)}\n`,
    );
  }
}
