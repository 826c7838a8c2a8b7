/** A column of a table, as its line in CREATE TABLE has it. */
export interface Column {
  readonly name: string;
  readonly type: string;
  /** `default …`, `generated … as identity` or nothing. */
  readonly origin: string;
  readonly notNull: boolean;
  /** `storage …`, where it is not its type's own. */
  readonly storage: string;
}

export interface Table {
  readonly name: string;
  readonly columns: readonly Column[];
  /** `constraint … check …`, by name. */
  readonly constraints: readonly string[];
  /** CREATE INDEX statements of those that no constraint brings along, by name. */
  readonly indexes: readonly string[];
  /** `LIST (…)`; empty for a table that is not partitioned. */
  readonly partitionedBy: string;
  /** Its partitions: names and bounds. */
  readonly parts: readonly string[];
}

/** A sequence of its own, not of an identity column. */
export interface Sequence {
  readonly name: string;
  readonly options: string;
}

/** What stands in a database schema, each kind by name: all that a dump shows. */
export interface Schema {
  readonly tables: readonly Table[];
  readonly sequences: readonly Sequence[];
  /** CREATE statements. */
  readonly functions: readonly string[];
  readonly views: readonly { readonly name: string; readonly query: string }[];
}
