import { spawn, type ChildProcess } from 'node:child_process';
import { extname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from 'postamt/engine';
import {
  RELAY_COMMAND,
  relaySessionName,
  type RelaySettings,
} from './relay-settings.js';

/** The demo's own program, from source or from dist as this file is. */
const PROGRAM = join(
  import.meta.dirname,
  `../main${extname(import.meta.filename)}`,
);
const LOOK_MS = 20;
const START_PATIENCE_MS = 30_000;
const STOP_PATIENCE_MS = 20_000;

/** A relay in a process of its own, seen from the demo. It never outlives the demo. */
export class RelayProcess {
  readonly id: string;
  readonly #db: Database;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #killNow = () => void this.#child.kill('SIGKILL');

  constructor(db: Database, settings: RelaySettings) {
    this.id = settings.id;
    this.#db = db;
    this.#child = spawn(
      process.execPath,
      [...process.execArgv, PROGRAM, RELAY_COMMAND],
      { stdio: ['pipe', 'ignore', 'inherit'] },
    );
    this.#child.stdin?.on('error', () => {});
    this.#child.stdin?.write(`${JSON.stringify(settings)}\n`);
    this.#ended = new Promise((resolve) => {
      this.#child.once('exit', resolve).once('error', resolve);
    });
    // On a way out that waits for nobody. A stopped process would not notice that its stdin has ended.
    process.once('exit', this.#killNow);
    void this.#ended.then(() => process.off('exit', this.#killNow));
  }

  /** Resolves when it stands in the database. */
  async ready(signal: AbortSignal): Promise<void> {
    const deadline = Date.now() + START_PATIENCE_MS;
    while (!(await this.#hasSession('%'))) {
      signal.throwIfAborted();
      if (this.hasEnded || Date.now() > deadline)
        throw new Error(`relay ${this.id} did not start`);
      await delay(LOOK_MS);
    }
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Whether a session of it stands open in a transaction with nothing running. */
  async isInTransaction(): Promise<boolean> {
    return this.#hasSession('idle in transaction');
  }

  /** Takes the processor from it. */
  stopRunning(): void {
    this.#child.kill('SIGSTOP');
  }

  goOn(): void {
    this.#child.kill('SIGCONT');
  }

  /** Kills it as `kill -9` does; resolves when it is gone. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  /** Lets it finish the move that is under way; resolves when it is gone. */
  async stop(): Promise<void> {
    if (this.hasEnded) return;
    this.goOn();
    this.#child.stdin?.end();
    const impatient = setTimeout(this.#killNow, STOP_PATIENCE_MS);
    await this.#ended;
    clearTimeout(impatient);
  }

  async #hasSession(state: string): Promise<boolean> {
    const { rows } = await this.#db.query(
      `select 1 from pg_stat_activity where application_name = $1 and state like $2 limit 1`,
      [relaySessionName(this.id), state],
    );
    return rows.length > 0;
  }
}
