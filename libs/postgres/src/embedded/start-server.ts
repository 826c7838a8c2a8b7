import { sleep } from '#kernel';
import { clusterCommand, quoteLines, type Cluster } from './cluster.js';
import { embeddedPostgresFailed } from './embedded-postgres-failed.js';
import { findFreePort, isPortFree } from './free-port.js';
import { readPostmasterFile } from './postmaster-file.js';
import type { SupervisedProcess } from './supervised-process.js';
import type { Supervision } from './supervision.js';

/** A server that is ready for connections. */
export interface RunningServer {
  readonly process: SupervisedProcess;
  readonly port: number;
}

const PORT_ATTEMPTS = 5;
/** Long enough for the recovery after a crash; a new cluster is ready within a tenth of a second. */
const START_DEADLINE_MS = 120_000;
const READY_POLL_MS = 5;

/** Starts the server on a free port; on another one, should somebody be faster in taking it. */
export async function startServerOnFreePort(
  supervision: Supervision,
  cluster: Cluster,
  pickPort: (host: string) => Promise<number> = findFreePort,
): Promise<RunningServer> {
  for (let attempt = 1; ; attempt += 1) {
    const free = await pickPort(cluster.host);
    try {
      return await startServer(supervision, cluster, free);
    } catch (error) {
      const beaten = !(await isPortFree(cluster.host, free));
      if (!beaten || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

/** @throws PostamtError EMBEDDED_POSTGRES_FAILED when somebody listens on the port already. */
export async function refuseTakenPort(
  host: string,
  port: number,
): Promise<void> {
  if (!(await isPortFree(host, port)))
    throw embeddedPostgresFailed(
      `Port ${port} on ${host} is taken by another process: stop that, name another port, or leave it out to get a free one.`,
    );
}

/** Starts the server on `port` and waits until it takes connections. */
export async function startServer(
  supervision: Supervision,
  cluster: Cluster,
  port: number,
): Promise<RunningServer> {
  const { dataDirectory } = cluster;
  const args = serverArguments(cluster, port);
  const command = clusterCommand(cluster, 'postgres', args, dataDirectory);
  const process = await supervision.run(command);
  if (await becomesReady(process, dataDirectory)) return { process, port };
  const late = process.running;
  await supervision.stop();
  if (!late) await refuseTakenPort(cluster.host, port);
  throw embeddedPostgresFailed(
    `Postgres did not start on ${dataDirectory}${late ? ` within ${START_DEADLINE_MS} ms` : ''}. ${quoteLines(process.lastLines)}`,
  );
}

function serverArguments(cluster: Cluster, port: number): string[] {
  const settings = {
    listen_addresses: cluster.host,
    // Clients come by TCP. A socket's path may have 107 bytes, which a data directory easily has more of.
    unix_socket_directories: '',
    ...cluster.settings,
  };
  const args = ['-D', cluster.dataDirectory, '-p', String(port)];
  for (const [name, value] of Object.entries(settings))
    args.push('-c', `${name}=${value}`);
  return args;
}

/** False when the postmaster ended, or the deadline passed, before it was ready. */
async function becomesReady(
  process: SupervisedProcess,
  dataDirectory: string,
): Promise<boolean> {
  const deadline = Date.now() + START_DEADLINE_MS;
  while (process.running && Date.now() < deadline) {
    const file = await readPostmasterFile(dataDirectory);
    if (file?.pid === process.pid && file.status === 'ready') return true;
    await sleep(READY_POLL_MS);
  }
  return false;
}
