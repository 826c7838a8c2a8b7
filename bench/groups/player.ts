import { waitFor } from '#testing';
import { Child } from '../outbox/child.ts';
import type { Protocol } from './eager-assignor.ts';

/** What the process of one member is asked for. */
export interface PlayerAsked {
  readonly connectionString: string;
  readonly topic: string;
  readonly group: string;
  readonly protocol: Protocol;
}

/** A record that was handled. */
export interface Handled {
  readonly player: number;
  readonly partition: number;
  /** Milliseconds of the machine's clock. */
  readonly at: number;
}

/** One member of a group, in a process of its own. */
export class Player {
  readonly number: number;
  readonly #child: Child;
  readonly #handled: Handled[] = [];
  #isThere = true;

  private constructor(number: number, child: Child) {
    this.number = number;
    this.#child = child;
  }

  static async open(number: number, asked: PlayerAsked): Promise<Player> {
    const child = Child.start('../groups/player.child.ts');
    await child.ask('open', asked);
    return new Player(number, child);
  }

  async join(): Promise<void> {
    await this.#child.ask('join');
  }

  /** Leaves the group, as an application that is shut down does. */
  async leave(): Promise<void> {
    await this.#child.ask('leave');
  }

  /** `kill -9`. What it had handled is asked for just before. */
  async kill(): Promise<void> {
    await this.handled();
    this.#isThere = false;
    process.kill(this.#child.pid, 'SIGKILL');
    await waitFor('the process to end', () => !isRunning(this.#child.pid));
  }

  /** Everything that it has handled until now. */
  async handled(): Promise<readonly Handled[]> {
    if (!this.#isThere) return this.#handled;
    const pairs = await this.#child.ask<Float64Array>('handled');
    for (let n = 0; n < pairs.length; n += 2)
      this.#handled.push({
        player: this.number,
        partition: pairs[n] as number,
        at: pairs[n + 1] as number,
      });
    return this.#handled;
  }

  async end(): Promise<void> {
    if (this.#isThere) await this.#child.end();
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
