import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Database } from '#postgres';
import { waitFor } from '#testing';

const ROOT = join(import.meta.dirname, '../..');

/** What a relay's process is started with. */
export interface RelaySetting {
  readonly id: string;
  readonly connectionString: string;
  readonly brokers: readonly string[];
  readonly transactionalId: string;
  readonly transactional: boolean;
}

/** The product's relay in a process of its own, run from source, with Kafka as its sink. */
export class RelayToKafka {
  readonly id: string;
  readonly #child: ChildProcess;
  readonly #db: Database;
  #log = '';

  constructor(db: Database, setting: RelaySetting) {
    this.id = setting.id;
    this.#db = db;
    this.#child = spawn(
      process.execPath,
      ['--import', './scripts/typescript-hooks.mjs', 'apps/relay/src/main.ts'],
      {
        cwd: ROOT,
        env: {
          ...process.env,
          DATABASE_URL: setting.connectionString,
          POSTAMT_RELAY_ID: setting.id,
          POSTAMT_SINK: 'kafka',
          POSTAMT_MAINTENANCE: 'off',
          KAFKA_BROKERS: setting.brokers.join(),
          KAFKA_TRANSACTIONAL_ID: setting.transactionalId,
          KAFKA_TRANSACTIONS: setting.transactional ? 'on' : 'off',
          KAFKA_COMPRESSION: 'zstd',
          PORT: '0',
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    process.once('exit', () => this.#child.kill('SIGKILL'));
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on('data', (chunk) => (this.#log += String(chunk)));
  }

  /** Resolves when its process has got as far as to move. */
  async ready(): Promise<void> {
    await waitFor(`relay ${this.id} to be ready`, () => {
      if (this.#hasEnded) throw new Error(`it ended: ${this.#log}`);
      return this.#log.includes('relay is ready');
    });
  }

  /** What it said, for who has to find out why something failed. */
  get log(): string {
    return this.#log;
  }

  send(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(signal);
  }

  /** Kills it, and resolves when the server has ended its sessions: nothing of it can commit any more. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
    await waitFor(`the sessions of relay ${this.id} to end`, async () => {
      return (await this.#sessions('true')) === 0;
    });
  }

  /** Stops it as an orchestrator does. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  /** Whether a session of it is inside a transaction, waiting for its next statement. */
  async isInsideMove(): Promise<boolean> {
    return (await this.#sessions("state = 'idle in transaction'")) > 0;
  }

  get #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (this.#hasEnded) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill(signal);
    // One that is stopped takes no other signal than SIGKILL before it is continued.
    if (signal !== 'SIGKILL') this.#child.kill('SIGCONT');
    await exited;
  }

  async #sessions(condition: string): Promise<number> {
    const { rows } = await this.#db.query(
      `select count(*)::int as sessions from pg_stat_activity where application_name = $1 and ${condition}`,
      [`postamt-relay:${this.id}`],
    );
    return rows[0]?.sessions as number;
  }
}
