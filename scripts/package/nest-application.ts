import { expectText, type Steps } from './steps.ts';
import type { UserProject } from './user-project.ts';

/** What application/main.ts prints: each event handled once, the undone one never, the projection rebuilt. */
const PRINTED = JSON.stringify({
  shipped: ['a from counter', 'b from nowhere', 'c from counter'],
  stock: [{ item: 'stamp', pieces: -6 }],
  rebuilt: { version: 2, records: 3 },
  logged: 3,
  found: true,
});

/** What users give the compiler beside the options of UserProject. */
export const WAYS_TO_COMPILE = [
  [],
  ['--exactOptionalPropertyTypes', '--noEmit'],
  ['--module', 'esnext', '--moduleResolution', 'bundler', '--noEmit'],
];

/** Installs the Nest application with some versions of its dependencies, compiles and runs it. */
export async function checkNestApplication(
  steps: Steps,
  project: UserProject,
  ways: readonly (readonly string[])[] = [[]],
): Promise<boolean> {
  return (
    (await steps.run(`${project.name}: npm install`, async () => {
      await project.install();
      return 'an empty application';
    })) &&
    (await steps.run(`${project.name}: tsc`, async () => {
      for (const way of ways) await project.compile(...way);
      return `strict, our declarations too, ${ways.length} way(s)`;
    })) &&
    (await steps.run(`${project.name}: node`, async () => {
      const { stdout } = await project.node(['dist/main.js']);
      expectText(stdout, PRINTED);
      return 'publish → listener, projection, rebuild';
    }))
  );
}
