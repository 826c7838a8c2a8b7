import { open, type FileHandle } from 'node:fs/promises';
import type { DiscardedEvent } from '#outbox';
import { keptLine } from './outbox-event-line.js';

/** A new file of events, one JSON object a line; what was written is on the disk when `keep` resolves. */
export class KeptEvents {
  readonly #file: FileHandle;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  /** Begins the file. One that is there already is not touched: it rejects with EEXIST. */
  static async create(path: string): Promise<KeptEvents> {
    return new KeptEvents(await open(path, 'wx'));
  }

  async keep(events: readonly DiscardedEvent[]): Promise<void> {
    await this.#file.appendFile(
      events.map((event) => `${keptLine(event)}\n`).join(''),
    );
    await this.#file.sync();
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}
