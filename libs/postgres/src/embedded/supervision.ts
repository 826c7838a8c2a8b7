import { fork, type ChildProcess } from 'node:child_process';
import { extname, join } from 'node:path';
import { isPostamtError, type Logger } from '#kernel';
import { embeddedPostgresFailed } from './embedded-postgres-failed.js';
import { stopOrphan } from './stop-orphan.js';
import { SupervisedProcess, type ProcessEnd } from './supervised-process.js';
import type {
  SupervisedCommand,
  SupervisorOrder,
  SupervisorPlan,
  SupervisorReport,
} from './supervision-protocol.js';

/** Beside this file, with its ending: `.ts` from source, `.js` from dist. */
const SUPERVISOR = join(
  import.meta.dirname,
  `supervisor${extname(import.meta.filename)}`,
);

/**
 * The product's end of the channel to its supervisor. It keeps the event loop alive only while something is awaited, so a
 * script that forgets its server ends, and with it the channel, and with that the server.
 */
export class Supervision {
  /** Resolves when the supervisor and everything that it started or made are gone. */
  readonly gone: Promise<void>;
  readonly #child: ChildProcess;
  readonly #plan: SupervisorPlan;
  readonly #logger: Logger;
  readonly #prepared = Promise.withResolvers<void>();
  #starting: PromiseWithResolvers<SupervisedProcess> | undefined;
  #process: SupervisedProcess | undefined;
  #awaiting = 0;

  private constructor(plan: SupervisorPlan, logger: Logger) {
    this.#plan = plan;
    this.#logger = logger;
    this.#child = fork(SUPERVISOR, [JSON.stringify(plan)], {
      cwd: '/',
      // In a session of its own: Ctrl-C in the terminal reaches the product, which then decides.
      detached: true,
      // What the product's node was told (loaders, an inspector's port) is not for this one.
      execArgv: [],
      env: { ...process.env, NODE_OPTIONS: '' },
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.gone = this.#watch();
    this.#prepared.promise.catch(() => {});
    this.#unreference();
  }

  /** Starts a supervisor; when this resolves, the plan's temporary directory exists. */
  static async start(
    plan: SupervisorPlan,
    logger: Logger,
  ): Promise<Supervision> {
    const supervision = new Supervision(plan, logger);
    await supervision.#whileAwaited(supervision.#prepared.promise);
    return supervision;
  }

  /** The supervisor's process id. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Runs a program; resolves when it has a process id. */
  async run(command: SupervisedCommand): Promise<SupervisedProcess> {
    this.#starting = Promise.withResolvers();
    this.#starting.promise.catch(() => {});
    this.#send({ kind: 'run', command });
    return this.#whileAwaited(this.#starting.promise);
  }

  /** Stops the running program, if one runs, and waits for its end. */
  async stop(): Promise<void> {
    if (!this.#process?.running) return;
    this.#send({ kind: 'stop' });
    await this.#whileAwaited(this.#process.ended);
  }

  /** Kills a process with SIGKILL and waits until it and all who shared its stderr are gone. */
  async kill(victim: SupervisedProcess): Promise<void> {
    if (victim.running) process.kill(victim.pid, 'SIGKILL');
    await this.untilEnded(victim);
  }

  /** Waits for a process' own end. */
  untilEnded(awaited: SupervisedProcess): Promise<ProcessEnd> {
    return this.#whileAwaited(awaited.ended);
  }

  /** Ends the supervisor, and with it all that it started and made. */
  async end(): Promise<void> {
    if (this.#child.connected) this.#send({ kind: 'end' });
    const { fast, immediate, leftovers } = this.#plan.patience;
    const patience = fast + immediate + 3 * leftovers;
    const hanging = setTimeout(() => this.#child.kill('SIGKILL'), patience);
    await this.#whileAwaited(this.gone);
    clearTimeout(hanging);
  }

  /** Keeps the event loop alive until `promise` settles. */
  async #whileAwaited<Result>(promise: Promise<Result>): Promise<Result> {
    this.#awaiting += 1;
    this.#child.ref();
    this.#child.channel?.ref();
    try {
      return await promise;
    } finally {
      this.#awaiting -= 1;
      if (this.#awaiting === 0) this.#unreference();
    }
  }

  #unreference(): void {
    this.#child.unref();
    this.#child.channel?.unref();
  }

  #send(order: SupervisorOrder): void {
    if (!this.#child.connected)
      throw embeddedPostgresFailed(
        `The supervisor of the embedded Postgres (process ${this.pid}) is gone and its server with it: start a new one.`,
      );
    // A channel that breaks now shows as the supervisor's exit.
    this.#child.send(order, () => {});
  }

  #watch(): Promise<void> {
    const child = this.#child;
    return new Promise((resolve) => {
      child.on('message', (report) => this.#hear(report as SupervisorReport));
      child.on('error', (error) => {
        if (child.pid !== undefined) return;
        this.#refuse(error.message);
        resolve();
      });
      child.once('exit', () => {
        this.#refuse('the supervisor ended');
        // Ref'd timers and file work keep the event loop alive until the orphan is gone.
        void this.#cleanUp().finally(resolve);
      });
    });
  }

  #hear(report: SupervisorReport): void {
    switch (report.kind) {
      case 'prepared':
        return this.#prepared.resolve();
      case 'failed':
        return this.#refuse(report.message);
      case 'started':
        this.#process = new SupervisedProcess(report.pid);
        return this.#starting?.resolve(this.#process);
      case 'line':
        this.#process?.addLine(report.line);
        return this.#logger.debug({ line: report.line }, 'postgres');
      case 'ended':
        return this.#process?.markEnded(report);
    }
  }

  #refuse(reason: string): void {
    const failure = embeddedPostgresFailed(
      `The embedded Postgres could not be run: ${reason}`,
    );
    this.#prepared.reject(failure);
    this.#starting?.reject(failure);
  }

  /** After the supervisor's exit: nothing is left unless it was killed. */
  async #cleanUp(): Promise<void> {
    const running = this.#process?.running ? this.#process : undefined;
    const { temporaryDirectory, patience } = this.#plan;
    try {
      await stopOrphan(running?.pid, temporaryDirectory, patience);
    } catch (error) {
      const reason = isPostamtError(error) ? error.message : String(error);
      this.#logger.error(
        { pid: running?.pid, temporaryDirectory, reason },
        'could not clean up after a killed supervisor of the embedded Postgres',
      );
    }
    running?.markEnded({ code: null, signal: null });
  }
}
