import pg, { Result, type Connection } from 'pg';
import type { RawRow } from './statement.js';

/** One statement of a flight, as it goes over the wire. */
export interface FlightStep {
  /** Under which it is prepared once for each connection; undefined = not prepared. */
  readonly name: string | undefined;
  readonly text: string;
  readonly values: readonly unknown[];
  /** Whether nobody wants its rows: they are not described, and passed over. */
  readonly silent?: boolean;
}

/** What of pg's connection is used and not in its types: which statements it has prepared. */
interface WireConnection extends Connection {
  readonly parsedStatements: Record<string, string>;
}

/** What of pg's `Result` is used. */
interface WireResult {
  readonly rows: RawRow[];
  readonly command: string | null;
  addFields(fields: readonly unknown[]): void;
  parseRow(fields: readonly unknown[]): RawRow;
  addRow(row: RawRow): void;
  addCommandComplete(message: { text: string }): void;
}

/** The unnamed portal. */
const PORTAL = { type: 'P', name: '' } as never;

const { prepareValue } = (
  pg as unknown as { utils: { prepareValue: (value: unknown) => unknown } }
).utils;

/**
 * Several statements in one write, with one Sync at the end (Postgres docs, Message Flow: Pipelining): one round trip,
 * each statement with a snapshot of its own. What fails has the server skip everything behind it, so that nothing runs
 * whose ground is gone: not an INSERT whose BEGIN failed, and no COMMIT. pg's own pipelining sends a Sync behind each
 * statement, which costs a write, a read and a wake-up for each, and lets what is behind a failure run.
 *
 * To be handed to `client.query`, of a client that is not pipelined.
 */
export class Flight {
  readonly #steps: readonly FlightStep[];
  readonly #results: WireResult[] = [];
  readonly #landing = Promise.withResolvers<void>();
  #current = newResult();
  #state: 'ready' | 'sent' | 'refused' = 'ready';
  #preparedAnew = false;
  /** pg puts its `query_timeout` around this. */
  callback: (error?: unknown) => void;

  constructor(steps: readonly FlightStep[]) {
    this.#steps = steps;
    this.callback = (error) =>
      error === undefined
        ? this.#landing.resolve()
        : this.#landing.reject(error);
  }

  /** Resolves once the server has answered everything; rejects with the error of the statement that failed. */
  get landed(): Promise<void> {
    return this.#landing.promise;
  }

  /** Whether it went on its way; not where the client was broken before, or a value could not be sent. */
  get wasSent(): boolean {
    return this.#state === 'sent';
  }

  /** Whether a value could not be sent: the connection has had a part of it, and no Sync. */
  get wasRefused(): boolean {
    return this.#state === 'refused';
  }

  /** Whether statements were prepared in it: should it fail, nobody knows which of them the connection has. */
  get preparedAnew(): boolean {
    return this.#preparedAnew;
  }

  /** How many statements have been done. */
  get done(): number {
    return this.#results.length;
  }

  /** The rows of each statement that has been done. */
  get rows(): RawRow[][] {
    return this.#results.map(({ rows }) => rows);
  }

  /** The command tag of the last statement that has been done. */
  get lastCommand(): string | undefined {
    return this.#results.at(-1)?.command ?? undefined;
  }

  /** Sends everything; for pg. It returns the error of a value that cannot be sent. */
  submit(connection: Connection): Error | null {
    this.#state = 'sent';
    connection.stream.cork();
    try {
      for (const step of this.#steps)
        this.#send(connection as WireConnection, step);
      connection.sync();
      return null;
    } catch (error) {
      this.#state = 'refused';
      return error as Error;
    } finally {
      connection.stream.uncork();
    }
  }

  handleRowDescription(message: { fields: readonly unknown[] }): void {
    this.#current.addFields(message.fields);
  }

  handleDataRow(message: { fields: readonly unknown[] }): void {
    if (this.#steps[this.#results.length]?.silent) return;
    this.#current.addRow(this.#current.parseRow(message.fields));
  }

  handleCommandComplete(message: { text: string }): void {
    this.#current.addCommandComplete(message);
    this.#results.push(this.#current);
    this.#current = newResult();
  }

  handleError(error: unknown): void {
    this.callback(error);
  }

  handleReadyForQuery(): void {
    this.callback();
  }

  #send(connection: WireConnection, step: FlightStep): void {
    const { name = '', text, values } = step;
    const prepared = connection.parsedStatements[name];
    if (prepared !== undefined && prepared !== text)
      throw new Error(`prepared statements must be unique: ${name} is not`);
    if (prepared === undefined) {
      connection.parse({ name, text, types: [] }, true);
      if (name !== '') {
        connection.parsedStatements[name] = text;
        this.#preparedAnew = true;
      }
    }
    const parameters = values as never;
    connection.bind(
      { statement: name, values: parameters, valueMapper: prepareValue },
      true,
    );
    if (!step.silent) connection.describe(PORTAL, true);
    connection.execute({}, true);
  }
}

function newResult(): WireResult {
  return new (Result as unknown as new () => WireResult)();
}
