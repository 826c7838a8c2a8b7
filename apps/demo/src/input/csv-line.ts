import { CsvError, parse } from 'csv-parse/sync';
import { BadRow } from './bad-row.js';

/**
 * The fields of one line of CSV. A quoted field ends on its line: so a quote that is never closed costs its own line only,
 * and not all behind it.
 *
 * @throws BadRow
 */
export function csvLine(line: string): string[] {
  try {
    return parse(line)[0] ?? [];
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const reason = error.message.replace(/:.*$/s, '').toLowerCase();
    throw new BadRow(`no CSV: ${reason}`, { cause: error });
  }
}
