import type { IncidentRow } from '../input/incident-row.js';
import { Writer } from './writer.js';

/** Several writers at once, each incident with one of them, so that its rows are written in their order. */
export class WriterPool {
  readonly #writers: readonly Writer[];

  constructor(
    size: number,
    write: (row: IncidentRow) => Promise<void>,
    signal: AbortSignal,
  ) {
    this.#writers = Array.from(
      { length: size },
      () => new Writer(write, signal),
    );
  }

  /**
   * Writes all rows. However it ends, no transaction is under way behind it.
   *
   * @throws what reading or a transaction failed with, or the reason of the signal
   */
  async writeAll(
    rows: AsyncIterable<IncidentRow> | Iterable<IncidentRow>,
  ): Promise<void> {
    try {
      for await (const row of rows) await this.#writerOf(row).give(row);
      for (const writer of this.#writers) await writer.finish();
    } finally {
      await Promise.all(this.#writers.map((writer) => writer.settled()));
    }
  }

  #writerOf({ incidentId }: IncidentRow): Writer {
    return this.#writers[hash(incidentId) % this.#writers.length] as Writer;
  }
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1)
    value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return value >>> 0;
}
