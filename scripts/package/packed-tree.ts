import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { contentFaults } from './contents.ts';
import { declaredFaults, typesOf } from './declared.ts';
import type { Manifest } from './manifest.ts';
import type { PackedPackage } from './pack.ts';
import { packagesUsed } from './package-use.ts';
import { reachedFrom, type PublishedTree } from './reached.ts';
import { refuse } from './steps.ts';

/** What must work without NestJS: two of the package's names, and the processes. */
const WITHOUT_NEST = [
  'dist/libs/engine/src/index.js',
  'dist/libs/event-sourcing/src/index.js',
  'dist/libs/testing/src/index.js',
  'dist/apps/cli/src/main.js',
  'dist/apps/relay/src/main.js',
];
const NEST = /^(@nestjs\/.*|rxjs|reflect-metadata)$/;

type PackedManifest = Manifest & Pick<PublishedTree, 'imports'>;

/** The files of a package that was packed from `root`, and what is to be said of them. */
export class PackedTree {
  readonly #root: string;
  readonly #manifest: PackedManifest;
  readonly #packed: PackedPackage;
  readonly #programs: ReadonlyMap<string, string>;

  constructor(root: string, packed: PackedPackage) {
    this.#root = root;
    this.#packed = packed;
    this.#manifest = JSON.parse(
      readFileSync(join(root, 'package.json'), 'utf8'),
    ) as PackedManifest;
    const programs = packed.paths.filter((path) => /\.(js|d\.ts)$/.test(path));
    this.#programs = new Map(
      programs.map((path) => [path, readFileSync(join(root, path), 'utf8')]),
    );
  }

  checkContents(): string {
    const { paths, size } = this.#packed;
    refuse(contentFaults(paths));
    return `${paths.length} files, ${Math.round(size / 1024)} KiB`;
  }

  checkDeclared(): string {
    const uses = [...this.#programs].flatMap(([path, text]) =>
      packagesUsed(path, text),
    );
    const typed = (name: string) => this.#bringsTypes(name);
    refuse(declaredFaults(this.#manifest, uses, typed));
    const { dependencies, peerDependencies } = this.#manifest;
    return `${count(dependencies)} dependencies and ${count(peerDependencies)} peers, each used, and nothing else`;
  }

  checkWithoutNest(): string {
    const tree = { files: this.#programs, imports: this.#manifest.imports };
    const faults = WITHOUT_NEST.flatMap((entry) =>
      [...reachedFrom(entry, tree)].flatMap((path) =>
        packagesUsed(path, this.#programs.get(path) ?? '')
          .filter(({ name }) => NEST.test(name))
          .map(({ name }) => `${entry} loads ${path}, which needs ${name}`),
      ),
    );
    refuse(faults);
    return `${WITHOUT_NEST.length} ways in load nothing of NestJS`;
  }

  /** As everything compiles here, a package brings its types, or they are installed beside it. */
  #bringsTypes(name: string): boolean {
    return !existsSync(join(this.#root, 'node_modules', typesOf(name)));
  }
}

function count(names: object): number {
  return Object.keys(names).length;
}
