import type { ServiceDesk } from '../desk/service-desk.service.js';
import { IncidentFold } from '../fold/incident-fold.js';
import type { IncidentInput } from '../input/incident-input.js';
import type { IncidentRow } from '../input/incident-row.js';
import type { KillGate } from './kill-gate.js';
import { WriterPool } from './writer-pool.js';

export interface InputWritingOptions {
  readonly input: IncidentInput;
  readonly desk: ServiceDesk;
  readonly writers: number;
  /** Each transaction waits for it first. */
  readonly gate: KillGate;
  readonly signal: AbortSignal;
}

/** The rows of an input on their way into the desk: one business transaction each. */
export class InputWriting {
  /** What the rows fold to, those included that were committed before. */
  readonly fold = new IncidentFold();
  /** The `seq`s of each incident. */
  readonly changes = new Map<string, number[]>();
  readonly #options: InputWritingOptions;
  #resumed = 0;
  #written = 0;
  #seconds = 0;

  constructor(options: InputWritingOptions) {
    this.#options = options;
  }

  /** Rows that are committed, by this run or one before. */
  get committed(): number {
    return this.#resumed + this.#written;
  }

  /** Rows that a run before had committed. */
  get resumed(): number {
    return this.#resumed;
  }

  /** How long it took. */
  get seconds(): number {
    return this.#seconds;
  }

  /** Writes all rows that are not committed yet. */
  async run(): Promise<void> {
    const { writers, signal } = this.#options;
    const began = performance.now();
    const pool = new WriterPool(writers, (row) => this.#write(row), signal);
    try {
      await pool.writeAll(this.#rowsToWrite());
    } finally {
      this.#seconds = (performance.now() - began) / 1000;
    }
  }

  async #write(row: IncidentRow): Promise<void> {
    const { gate, input, desk } = this.#options;
    await gate.pass(this.committed, input.expectedRows);
    await desk.change(row);
    this.#written += 1;
  }

  async *#rowsToWrite(): AsyncGenerator<IncidentRow> {
    const { input, desk } = this.#options;
    const before = await desk.committed();
    for await (const row of input.rows()) {
      this.#note(row);
      if (row.seq > (before.get(row.incidentId) ?? -1)) yield row;
      else this.#resumed += 1;
    }
  }

  #note(row: IncidentRow): void {
    this.fold.add(row);
    const seqs = this.changes.get(row.incidentId) ?? [];
    seqs.push(row.seq);
    this.changes.set(row.incidentId, seqs);
  }
}
