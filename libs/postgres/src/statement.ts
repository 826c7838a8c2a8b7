import { createHash } from 'node:crypto';

/** A row as `pg` hands it over: `int8` and `xid8` are text, `bytea` is a Buffer. */
export type RawRow = Record<string, unknown>;

/** A hot statement, written by hand: its text once for each schema, its parameters as a tuple, its row mapped. */
export interface Statement<Values extends readonly unknown[], Row> {
  /** Names the prepared statement, with the schema before it; whole words. */
  readonly name: string;
  readonly text: (schema: string) => string;
  readonly mapRow: (row: RawRow) => Row;
  /** Carries the parameters' types only; it is never there at run time. */
  readonly values?: Values;
}

/** A statement with its parameters: what a transaction sends when it sends several in one flight. */
export interface BoundStatement {
  readonly name: string;
  readonly text: (schema: string) => string;
  readonly values: readonly unknown[];
  /** Whether its rows are not wanted, where several are sent together. */
  readonly silent?: boolean;
}

/**
 * Declares a hot statement. The text is built once for each schema.
 *
 * @example
 * const readEpoch = defineStatement<[partitionId: number], { epoch: number }>({
 *   name: 'read_epoch',
 *   text: (schema) => `select leader_epoch from ${schema}.partitions where id = $1`,
 *   mapRow: (row) => ({ epoch: row.leader_epoch as number }),
 * });
 * const [partition] = await tx.run(readEpoch, [7]);
 */
export function defineStatement<Values extends readonly unknown[], Row = void>(
  statement: Omit<Statement<Values, Row>, 'mapRow' | 'values'> &
    (Row extends void
      ? { mapRow?: undefined }
      : { mapRow: (row: RawRow) => Row }),
): Statement<Values, Row> {
  const texts = new Map<string, string>();
  const text = (schema: string) => {
    const known = texts.get(schema);
    if (known !== undefined) return known;
    const built = statement.text(schema);
    texts.set(schema, built);
    return built;
  };
  const mapRow = statement.mapRow ?? (() => undefined as Row);
  return { name: statement.name, text, mapRow };
}

/** The server cuts names at this length without a word, and two that agree up to there become one. */
const LONGEST_NAME = 63;

/** The name under which a statement is prepared: the schema's before its own, cut to a hash where both are too long. */
export function preparedName(schema: string, statement: string): string {
  const name = `${schema}.${statement}`;
  if (name.length <= LONGEST_NAME) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 16);
  return `${name.slice(0, LONGEST_NAME - 17)}.${hash}`;
}

/** Binds parameters to a statement, to be sent together with others. */
export function bind<Values extends readonly unknown[], Row>(
  statement: Statement<Values, Row>,
  values: Values,
): BoundStatement {
  return { name: statement.name, text: statement.text, values };
}
