import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { BadInput } from './bad-input.js';
import { BadRow } from './bad-row.js';
import { CsvHeader } from './csv-header.js';
import { csvLine } from './csv-line.js';
import type { IncidentInput } from './incident-input.js';
import { IncidentOrder } from './incident-order.js';
import type { IncidentRow } from './incident-row.js';
import { linesOf } from './lines-of.js';
import { openText } from './open-text.js';
import type { Rejection } from './rejection.js';
import { parseRow } from './row-parser.js';

export interface CsvInputOptions {
  /** CSV, or CSV packed by gzip. */
  readonly file: string;
  /** Hears of each row that is not taken. */
  readonly onRejection: (rejection: Rejection) => void;
  /** Stop at the first of them. */
  readonly strict?: boolean;
}

/** An incident log in a file, read as a stream. */
export class CsvInput implements IncidentInput {
  readonly name: string;
  readonly #options: CsvInputOptions;
  readonly #order = new IncidentOrder();
  readonly #size: number;
  #rows = 0;
  #bytesRead = () => 0;

  private constructor(options: CsvInputOptions, size: number) {
    this.#options = options;
    this.#size = size;
    this.name = basename(options.file);
  }

  /** @throws BadInput when there is no such file */
  static async open(options: CsvInputOptions): Promise<CsvInput> {
    try {
      const { size } = await stat(options.file);
      return new CsvInput(options, size);
    } catch (error) {
      throw unreadable(options.file, error);
    }
  }

  /** Estimated from the share of the file that the rows so far took. */
  get expectedRows(): number {
    const fraction = Math.min(1, this.#bytesRead() / this.#size);
    return fraction > 0 ? Math.round(this.#rows / fraction) : this.#rows;
  }

  /** @throws BadInput when the file cannot be read, or at the first bad row when `strict` */
  async *rows(): AsyncGenerator<IncidentRow> {
    let header: CsvHeader | undefined;
    let line = 0;
    for await (const text of this.#lines()) {
      line += 1;
      if (!header) header = new CsvHeader(this.#options.file, text);
      else if (text.trim() !== '') {
        this.#rows += 1;
        const row = this.#row(header, text, line);
        if (row) yield row;
      }
    }
    if (!header)
      throw new BadInput(`${this.#options.file} is empty: it lacks a header`);
  }

  async *#lines(): AsyncGenerator<string> {
    const { file } = this.#options;
    try {
      const { text, bytesRead } = await openText(file);
      this.#bytesRead = bytesRead;
      yield* linesOf(text);
    } catch (error) {
      if (error instanceof BadInput) throw error;
      throw unreadable(file, error);
    }
  }

  #row(header: CsvHeader, text: string, line: number): IncidentRow | undefined {
    try {
      const cells = csvLine(text);
      const row = this.#parse(header, cells);
      this.#order.take(row);
      return row;
    } catch (error) {
      if (!(error instanceof BadRow)) throw error;
      this.#reject({ line, reason: error.message });
      return undefined;
    }
  }

  #parse(header: CsvHeader, cells: readonly string[]): IncidentRow {
    try {
      return parseRow(header.fields(cells));
    } catch (error) {
      const { incident_id: id } = header.partial(cells);
      if (error instanceof BadRow && id) this.#order.rejected(id);
      throw error;
    }
  }

  #reject(rejection: Rejection): void {
    const { file, strict, onRejection } = this.#options;
    if (strict)
      throw new BadInput(
        `${file}, line ${rejection.line}: ${rejection.reason}`,
      );
    onRejection(rejection);
  }
}

function unreadable(file: string, cause: unknown): BadInput {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new BadInput(`${file} cannot be read: ${reason}`, { cause });
}
