import { cpus, totalmem } from 'node:os';
import { Client } from 'pg';
import type { EmbeddedPostgres } from '#postgres';

/** What the numbers were measured on; it says nothing about whose machine it is. */
export interface Machine {
  readonly cores: number;
  readonly processor: string;
  readonly memoryGiB: number;
  readonly platform: string;
  readonly node: string;
  readonly postgres: string;
  /** The server's settings that durability and memory hang on. */
  readonly settings: Readonly<Record<string, string>>;
  readonly measuredOn: string;
}

const SETTINGS = [
  'fsync',
  'synchronous_commit',
  'full_page_writes',
  'wal_level',
  'shared_buffers',
  'max_wal_size',
];

export async function describeMachine(
  server: EmbeddedPostgres,
): Promise<Machine> {
  const client = new Client({ connectionString: server.connectionString });
  await client.connect();
  const settings: Record<string, string> = {};
  for (const name of SETTINGS) {
    const { rows } = await client.query<{ value: string }>(
      'select current_setting($1) as value',
      [name],
    );
    settings[name] = rows[0]?.value ?? '';
  }
  const { rows } = await client.query<{ server_version: string }>(
    'show server_version',
  );
  await client.end();
  return {
    cores: cpus().length,
    processor: cpus()[0]?.model ?? 'unknown',
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    node: process.versions.node,
    postgres: rows[0]?.server_version ?? '',
    settings,
    measuredOn: new Date().toISOString().slice(0, 10),
  };
}

/** The same in one sentence. */
export function machineText(machine: Machine): string {
  const settings = Object.entries(machine.settings)
    .map(([name, value]) => `${name} = ${value}`)
    .join(', ');
  return `Measured on ${machine.measuredOn}: ${machine.cores} cores (${machine.processor}), ${machine.memoryGiB} GiB, ${machine.platform}, Node ${machine.node}, Postgres ${machine.postgres} (${settings}); server, peers and bench on one machine.`;
}
