import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const CACHE = join(ROOT, 'node_modules/.cache/postamt-kafka');
const OLDEST_JAVA = 17;
const RESOLVE_LIMIT_MS = 600_000;

/** Something that this machine lacks, and how to get it. */
export class NotInstalled extends Error {}

/**
 * The class path of a Kafka server: its jars, resolved with Maven from its repository the first time, and kept below
 * `node_modules/.cache`.
 *
 * @throws NotInstalled where there is no Java or no Maven
 */
export function kafkaClassPath(version: string): string {
  requireJava();
  const folder = join(CACHE, version);
  const jars = join(folder, 'jars');
  const resolved = join(folder, 'resolved');
  if (!existsSync(resolved)) {
    requireMaven();
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(jars, { recursive: true });
    writeFileSync(join(folder, 'pom.xml'), pom(version));
    resolve(folder, jars);
    writeFileSync(resolved, '');
  }
  return join(jars, '*');
}

function requireJava(): void {
  const { error, stderr } = spawnSync('java', ['-version'], {
    encoding: 'utf8',
  });
  const found = /version "(\d+)/.exec(stderr ?? '')?.[1];
  if (!error && Number(found) >= OLDEST_JAVA) return;
  throw new NotInstalled(
    `Java ${OLDEST_JAVA} or newer is needed, and ${found === undefined ? 'there is none' : `this is ${found}`}: apt-get install openjdk-17-jre-headless, or give KAFKA_BROKERS`,
  );
}

function requireMaven(): void {
  if (!spawnSync('mvn', ['--version']).error) return;
  throw new NotInstalled(
    'Maven is needed to fetch the jars of Kafka: apt-get install maven, or give KAFKA_BROKERS',
  );
}

function pom(version: string): string {
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>postamt</groupId>
  <artifactId>kafka-for-tests</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>${version}</version>
    </dependency>
    <dependency>
      <groupId>org.slf4j</groupId>
      <artifactId>slf4j-nop</artifactId>
      <version>1.7.36</version>
    </dependency>
  </dependencies>
</project>
`;
}

function resolve(folder: string, jars: string): void {
  const { status, stdout, stderr, error } = spawnSync(
    'mvn',
    [
      '--batch-mode',
      '--quiet',
      'dependency:copy-dependencies',
      `-DoutputDirectory=${jars}`,
      '-DincludeScope=runtime',
    ],
    { cwd: folder, encoding: 'utf8', timeout: RESOLVE_LIMIT_MS },
  );
  if (status === 0) return;
  throw new Error(
    `Maven did not resolve the jars of Kafka: ${String(error ?? '')} ${stdout} ${stderr}`,
  );
}
