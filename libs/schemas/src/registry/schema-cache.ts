import { PostamtError } from '#kernel';
import type { Database } from '#postgres';

/** The texts of registered schemas by id, each read once: what an id means never changes. */
export class SchemaCache {
  readonly #db: Database;
  readonly #texts = new Map<number, Promise<string>>();

  constructor(db: Database) {
    this.#db = db;
  }

  /**
   * The schema's text.
   *
   * @throws PostamtError UNKNOWN_SCHEMA_ID
   */
  async schemaText(schemaId: number): Promise<string> {
    const known = this.#texts.get(schemaId);
    if (known) return known;
    const reading = this.#read(schemaId);
    this.#texts.set(schemaId, reading);
    reading.catch(() => this.#texts.delete(schemaId));
    return reading;
  }

  async #read(schemaId: number): Promise<string> {
    const { rows } = await this.#db.query(
      `select definition from ${this.#db.schema}.schemas where id = $1`,
      [schemaId],
    );
    const [row] = rows;
    if (row) return row.definition as string;
    throw new PostamtError(
      'UNKNOWN_SCHEMA_ID',
      `no schema has the id ${schemaId} in the schema ${this.#db.schema}; was the record written by another installation?`,
    );
  }
}
