/**
 * Tries the relay's sink on a real Apache Kafka:
 *
 *     npm run test:kafka [-- --only NAME --kills N --seconds N --version V]
 *
 * Starts one node of Kafka on the loopback address, from jars that Maven resolves (kept below node_modules/.cache), and
 * removes it at the end; or takes the cluster that KAFKA_BROKERS names (host:port,…), on which it leaves topics behind.
 * Needs Java 17 and, the first time, Maven. Exit code 0 when everything holds, 1 when something does not, 2 where it
 * cannot run.
 */
import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { Command } from 'commander';
import { startTestServer } from '#testing';
import { CHECKS } from './checks/index.ts';
import { ClusterReader } from './cluster-reader.ts';
import { KafkaBroker } from './kafka-broker.ts';
import type { KafkaCheck, KafkaStage } from './kafka-check.ts';
import { kafkaClassPath, NotInstalled } from './kafka-jars.ts';

const VERSION = '4.1.1';

interface Options {
  readonly only: string;
  readonly kills: string;
  readonly seconds: string;
  readonly version: string;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function run(options: Options): Promise<void> {
  const given = (process.env.KAFKA_BROKERS ?? '').split(',').filter(Boolean);
  const broker =
    given.length > 0 ? undefined : await startBroker(options.version);
  const brokers = broker ? [broker.address] : given;
  print(
    broker
      ? `Apache Kafka ${options.version} at ${broker.address}`
      : `the cluster at ${brokers.join(', ')}`,
  );
  try {
    const failed = await runOn(brokers, broker, options);
    print(failed === 0 ? 'everything holds' : `FAILED: ${failed}`);
    process.exitCode = failed === 0 ? 0 : 1;
  } finally {
    await broker?.remove();
  }
}

async function startBroker(version: string): Promise<KafkaBroker> {
  return KafkaBroker.create(kafkaClassPath(version));
}

async function runOn(
  brokers: readonly string[],
  broker: KafkaBroker | undefined,
  { only, kills, seconds }: Options,
): Promise<number> {
  const server = await startTestServer();
  const unique = randomBytes(4).toString('hex');
  const stage: KafkaStage = {
    server,
    brokers,
    broker,
    reader: new ClusterReader(brokers),
    name: (what) => `${what}-${unique}`,
    loadMs: Number(seconds) * 1000,
    kills: Number(kills),
  };
  let failed = 0;
  try {
    for (const check of CHECKS.filter(({ name }) => name.includes(only)))
      if (!(await holds(check, stage))) failed += 1;
  } finally {
    await server.stop();
  }
  return failed;
}

async function holds(check: KafkaCheck, stage: KafkaStage): Promise<boolean> {
  const began = performance.now();
  try {
    const found = await check.run(stage);
    const took = ((performance.now() - began) / 1000).toFixed(1);
    print(`  ok: ${check.name}: ${found} (${took} s)`);
    return true;
  } catch (error) {
    print(`  FAILED: ${check.name}\n${inspect(error)}`);
    return false;
  }
}

// What was started ends with this process.
process.setMaxListeners(0);
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => process.exit(1));

try {
  await new Command('kafka')
    .option('--only <name>', 'run only checks with that in their names', '')
    .option('--kills <number>', 'kills of each check that kills', '30')
    .option('--seconds <number>', 'how long each load goes on', '8')
    .option('--version <version>', 'which Apache Kafka to start', VERSION)
    .action(run)
    .parseAsync();
} catch (error) {
  if (!(error instanceof NotInstalled)) throw error;
  print(`cannot run: ${error.message}`);
  process.exitCode = 2;
}
