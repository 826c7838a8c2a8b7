import { BadInput } from './bad-input.js';
import { BadRow } from './bad-row.js';
import { COLUMNS, type Column, type Fields } from './columns.js';
import { csvLine } from './csv-line.js';

/** The first line of an incident log: which column stands where. Columns that are not ours are passed over. */
export class CsvHeader {
  readonly #width: number;
  readonly #places: readonly (readonly [Column, number])[];
  readonly #names: readonly string[];

  /** @throws BadInput naming the columns that are missing */
  constructor(file: string, line: string) {
    this.#names = headerNames(file, line);
    this.#width = this.#names.length;
    const missing = COLUMNS.filter((column) => !this.#names.includes(column));
    if (missing.length > 0)
      throw new BadInput(
        `${file}, line 1: the header lacks ${missing.join(', ')}, without which no row can be read`,
      );
    this.#places = COLUMNS.map(
      (column) => [column, this.#names.indexOf(column)] as const,
    );
  }

  /** The fields of a line by column; what is missing at its end is left out of the answer. */
  partial(cells: readonly string[]): Partial<Fields> {
    return Object.fromEntries(
      this.#places.map(([column, place]) => [column, cells[place]]),
    );
  }

  /**
   * The fields of a line by column.
   *
   * @throws BadRow when it has fewer fields than the header, or more
   */
  fields(cells: readonly string[]): Fields {
    if (cells.length < this.#width) {
      const missing = this.#names.slice(cells.length).join(', ');
      throw new BadRow(
        `${cells.length} of ${this.#width} columns: ${missing} missing`,
      );
    }
    if (cells.length > this.#width)
      throw new BadRow(
        `${cells.length} fields where the header has ${this.#width} columns`,
      );
    return this.partial(cells) as Fields;
  }
}

function headerNames(file: string, line: string): string[] {
  try {
    return csvLine(line.replace(/^\uFEFF/, '')).map((name) => name.trim());
  } catch (error) {
    if (!(error instanceof BadRow)) throw error;
    throw new BadInput(`${file}, line 1: ${error.message}`, { cause: error });
  }
}
