// The embedded server's supervisor: a process of its own that starts the server, and stops it when the channel to whoever
// started it closes, which the kernel does for every way out, SIGKILL included. It runs alone, from source (Node strips
// the types) and from dist, so it imports nothing but `node:` modules and types.
import { spawn, type ChildProcess } from 'node:child_process';
import {
  chownSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  rmSync,
} from 'node:fs';
import { createInterface } from 'node:readline';
import type {
  Patience,
  SupervisedCommand,
  SupervisorOrder,
  SupervisorPlan,
  SupervisorReport,
} from './supervision-protocol.js';

const plan = JSON.parse(process.argv[2] ?? '') as SupervisorPlan;

/** Whoever listens may be gone at any time; that shows as a disconnect, so a report that fails is dropped. */
function report(message: SupervisorReport): void {
  if (process.connected) process.send?.(message, () => {});
}

/**
 * Kills what still runs `program` in `directory`: backends that have not noticed yet that their postmaster is gone (they
 * look only while they wait, a computing one does not). Needs /proc; elsewhere they notice by themselves later.
 */
function killLeftovers(program: string, directory: string): void {
  if (process.platform !== 'linux') return;
  const executable = realpathSync(program);
  for (const pid of readdirSync('/proc').map(Number).filter(Number.isInteger)) {
    try {
      const runsHere =
        readlinkSync(`/proc/${pid}/cwd`) === directory &&
        readlinkSync(`/proc/${pid}/exe`) === executable;
      if (runsHere) process.kill(pid, 'SIGKILL');
    } catch {
      // It is gone by now, or it is not ours to see: no leftover of this server in either case.
    }
  }
}

/** One running program, with its lines reported and a stop that always comes to an end. */
class SupervisedProcess {
  readonly #child: ChildProcess;
  readonly #command: SupervisedCommand;
  readonly #patience: Patience;
  readonly #ended = Promise.withResolvers<void>();
  #running = true;

  constructor(command: SupervisedCommand, patience: Patience) {
    const { program, args, env, cwd, uid, gid } = command;
    this.#command = command;
    this.#patience = patience;
    this.#child = spawn(program, args, {
      cwd,
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
      ...(uid === undefined ? {} : { uid }),
      ...(gid === undefined ? {} : { gid }),
    });
    this.#watch();
  }

  get running(): boolean {
    return this.#running;
  }

  /** SIGINT, then SIGQUIT, then SIGKILL, each after the former had its time; resolves when all of it is gone. */
  async stop(): Promise<void> {
    const { fast, immediate } = this.#patience;
    await this.#signal('SIGINT', fast);
    await this.#signal('SIGQUIT', immediate);
    await this.#signal('SIGKILL', 0);
    await this.#ended.promise;
  }

  async #signal(signal: NodeJS.Signals, milliseconds: number): Promise<void> {
    if (!this.#running) return;
    this.#child.kill(signal);
    let timer: NodeJS.Timeout | undefined;
    const patienceOver = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, milliseconds);
    });
    await Promise.race([this.#ended.promise, patienceOver]);
    clearTimeout(timer);
  }

  #watch(): void {
    const child = this.#child;
    child.on('error', (error) => {
      // Also emitted for a signal that could not be sent; only without a pid was nothing started.
      if (child.pid !== undefined) return;
      report({ kind: 'failed', message: error.message });
      this.#end();
    });
    if (child.pid === undefined) return;
    report({ kind: 'started', pid: child.pid });
    if (child.stderr)
      createInterface(child.stderr).on('line', (line) =>
        report({ kind: 'line', line }),
      );
    // Every backend holds the postmaster's stderr: `exit` is the postmaster's end, `close` that of its last backend.
    child.once('exit', () => this.#awaitLeftovers());
    child.once('close', () => this.#end());
  }

  #awaitLeftovers(): void {
    const { program, cwd } = this.#command;
    const { leftovers } = this.#patience;
    const kill = setTimeout(() => killLeftovers(program, cwd), leftovers);
    const giveUp = setTimeout(() => this.#end(), 2 * leftovers);
    void this.#ended.promise.then(() => {
      clearTimeout(kill);
      clearTimeout(giveUp);
    });
  }

  #end(): void {
    if (!this.#running) return;
    this.#running = false;
    const { exitCode: code, signalCode: signal } = this.#child;
    report({ kind: 'ended', code, signal });
    this.#ended.resolve();
  }
}

/** Takes orders; ends, with all it started and made, on the order to end, a closed channel or a signal. */
class Supervisor {
  readonly #plan: SupervisorPlan;
  #process: SupervisedProcess | undefined;
  #ending = false;

  constructor(plan: SupervisorPlan) {
    this.#plan = plan;
  }

  prepare(): void {
    const { temporaryDirectory, owner } = this.#plan;
    if (temporaryDirectory !== undefined) {
      mkdirSync(temporaryDirectory, { mode: 0o700 });
      if (owner) chownSync(temporaryDirectory, owner.uid, owner.gid);
    }
    report({ kind: 'prepared' });
  }

  async obey(order: SupervisorOrder): Promise<void> {
    if (this.#ending) return;
    if (order.kind === 'end') return this.end();
    if (order.kind === 'stop') return this.#process?.stop();
    if (this.#process?.running)
      return report({ kind: 'failed', message: 'another program runs' });
    this.#process = new SupervisedProcess(order.command, this.#plan.patience);
  }

  async end(): Promise<void> {
    if (this.#ending) return;
    this.#ending = true;
    await this.#process?.stop();
    const { temporaryDirectory } = this.#plan;
    if (temporaryDirectory !== undefined)
      rmSync(temporaryDirectory, {
        recursive: true,
        force: true,
        maxRetries: 5,
      });
    process.exit(0);
  }
}

const supervisor = new Supervisor(plan);

function fail(error: unknown): void {
  report({ kind: 'failed', message: String(error) });
  void supervisor.end();
}

process.on('uncaughtException', fail);
process.on('disconnect', () => void supervisor.end());
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
  process.on(signal, () => void supervisor.end());

try {
  supervisor.prepare();
  process.on(
    'message',
    (order) => void supervisor.obey(order as SupervisorOrder),
  );
} catch (error) {
  fail(error);
}
// The channel may have closed while this file was being loaded, before anybody listened.
if (!process.connected) void supervisor.end();
