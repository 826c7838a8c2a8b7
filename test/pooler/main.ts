/**
 * Runs the engine through a PgBouncer in transaction mode, where no two transactions of a connection need meet the same
 * session:
 *
 *     npm run test:pooler [-- --only NAME]
 *
 * Once with prepared statements kept by the pooler (PgBouncer 1.21 and later), once without. Exit code 0 when everything
 * works, 1 when something does not, 0 too where there is no pgbouncer on PATH: then it says `not run`.
 */
import { Command } from 'commander';
import { startTestServer } from '#testing';
import { CHECKS } from './checks/index.ts';
import { PgBouncer } from './pgbouncer.ts';
import { runChecks, type PoolerSetting } from './run-checks.ts';

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function settingsFor(version: readonly [number, number]): PoolerSetting[] {
  if (!PgBouncer.prepares(version)) {
    print('not run: prepared statements through a pooler (PgBouncer 1.21)');
    return [{ preparedStatements: false, maxPreparedStatements: undefined }];
  }
  return [
    { preparedStatements: true, maxPreparedStatements: 200 },
    { preparedStatements: false, maxPreparedStatements: 0 },
  ];
}

async function run({ only }: { only: string }): Promise<void> {
  const version = PgBouncer.version();
  if (version === undefined) return print('not run: no pgbouncer on PATH');
  const checks = CHECKS.filter(({ name }) => name.includes(only));
  const server = await startTestServer();
  let failed = 0;
  try {
    for (const setting of settingsFor(version)) {
      const { preparedStatements: prepared } = setting;
      print(
        `pgbouncer ${version.join('.')}, ${prepared ? 'prepared statements' : 'none prepared'}`,
      );
      failed += await runChecks({ server, setting, checks, print });
    }
  } finally {
    await server.stop();
  }
  print(failed === 0 ? 'everything works' : `FAILED: ${failed}`);
  process.exitCode = failed === 0 ? 0 : 1;
}

await new Command('pooler')
  .option('--only <name>', 'run only checks with that in their names', '')
  .action(run)
  .parseAsync();
