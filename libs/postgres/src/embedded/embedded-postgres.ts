import { silentLogger, type Logger } from '#kernel';
import type { Cluster } from './cluster.js';
import { embeddedPostgresFailed } from './embedded-postgres-failed.js';
import { startServer, type RunningServer } from './start-server.js';
import type { SupervisedProcess } from './supervised-process.js';
import type { Supervision } from './supervision.js';

/** What {@link EmbeddedPostgres} is made of; `startEmbeddedPostgres` does that. */
export interface EmbeddedPostgresParts {
  readonly supervision: Supervision;
  readonly cluster: Cluster;
  readonly server: RunningServer;
  readonly connectionString: string;
  readonly logger?: Logger;
}

/** A running embedded server. It never outlives this process, however that ends. */
export class EmbeddedPostgres {
  /** Names the superuser, the password, host, port and database. */
  readonly connectionString: string;
  readonly port: number;
  /** Absolute. */
  readonly dataDirectory: string;
  readonly #supervision: Supervision;
  readonly #cluster: Cluster;
  readonly #logger: Logger;
  #process: SupervisedProcess;
  #expectedEnd: SupervisedProcess | undefined;
  #stopped: Promise<void> | undefined;

  constructor(parts: EmbeddedPostgresParts) {
    this.connectionString = parts.connectionString;
    this.port = parts.server.port;
    this.dataDirectory = parts.cluster.dataDirectory;
    this.#supervision = parts.supervision;
    this.#cluster = parts.cluster;
    this.#logger = parts.logger ?? silentLogger;
    this.#process = parts.server.process;
    this.#watch(this.#process);
  }

  /** The postmaster's process id; after a crash that of the dead one, until `restart`. */
  get pid(): number {
    return this.#process.pid;
  }

  /** The process id of the supervisor, which stops the server when this process ends. */
  get supervisorPid(): number {
    return this.#supervision.pid;
  }

  /** Stops the server (fast shutdown); data in a temporary folder are removed. May be called again. */
  stop(): Promise<void> {
    this.#expectedEnd = this.#process;
    this.#stopped ??= this.#supervision.end();
    return this.#stopped;
  }

  /**
   * Kills the postmaster with SIGKILL, for fault tests; resolves when its backends, which notice, are gone as well. What
   * was committed comes back with {@link restart}.
   */
  async crash(): Promise<void> {
    this.#expectedEnd = this.#process;
    await this.#supervision.kill(this.#process);
  }

  /** Starts the server again on the same directory and port: after a crash, or else after a fast shutdown. */
  async restart(): Promise<void> {
    if (this.#stopped)
      throw embeddedPostgresFailed(
        `The embedded Postgres on ${this.dataDirectory} was stopped and cannot be restarted: start a new one.`,
      );
    this.#expectedEnd = this.#process;
    await this.#supervision.stop();
    const { process } = await startServer(
      this.#supervision,
      this.#cluster,
      this.port,
    );
    this.#process = process;
    this.#watch(process);
  }

  #watch(process: SupervisedProcess): void {
    void process.ended.then(({ code, signal }) => {
      if (this.#expectedEnd === process) return;
      this.#logger.error(
        { pid: process.pid, code, signal, lines: process.lastLines },
        'the embedded Postgres ended unexpectedly',
      );
    });
  }
}
