import { Client } from 'pg';
import { sleep } from '#kernel';
import type { Outbox } from '#outbox';
import { errorCodeOf, isConnectionLoss, sqlStateOf } from '#postgres';
import type { TransactionEnded, WriterEvent } from '../outbox-history.js';
import { DeskTransaction } from './desk-transaction.js';
import { planTransaction, type TransactionPlan } from './transaction-plan.js';

/** Who writes, by what, and who is told of it. */
export interface DeskWriterParts {
  readonly name: string;
  readonly connectionString: string;
  readonly outbox: Outbox;
  readonly random: () => number;
  readonly note: (event: WriterEvent) => void;
}

const BACK_OFF_MS = 50;

/** Does one business transaction after the other, on a connection of its own, until it is stopped. */
export class DeskWriter {
  readonly #parts: DeskWriterParts;
  #client: Client | undefined;
  #number = 0;
  #stopped = false;

  constructor(parts: DeskWriterParts) {
    this.#parts = parts;
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Resolves after `stop`, when the transaction that was under way is over. */
  async run(): Promise<void> {
    while (!this.#stopped) {
      try {
        await this.#transaction(await this.#connected());
      } catch {
        // Noted where it concerns a transaction. The server may be away.
        await this.#disconnect();
        await sleep(BACK_OFF_MS);
      }
    }
    await this.#disconnect();
  }

  async #transaction(client: Client): Promise<void> {
    const { name, outbox, random } = this.#parts;
    const plan = planTransaction(random);
    const transaction = `${name}-${(this.#number += 1)}`;
    const desk = new DeskTransaction(client, outbox, transaction);
    try {
      await desk.play(plan);
    } catch (error) {
      this.#noteEnding(transaction, 'rollback', desk);
      this.#noteEnded(transaction, 'rolled back', errorCodeOf(error));
      if (isConnectionLoss(error) || sqlStateOf(error) === undefined)
        throw error;
      await client.query('rollback');
      return;
    }
    this.#noteEnding(transaction, plan.ending, desk);
    await this.#end(client, plan, transaction);
  }

  async #end(
    client: Client,
    { ending }: TransactionPlan,
    transaction: string,
  ): Promise<void> {
    try {
      const { command } = await client.query(ending);
      const committed = command === 'COMMIT';
      this.#noteEnded(transaction, committed ? 'committed' : 'rolled back');
    } catch (error) {
      // A rollback that nobody answered is one all the same.
      const outcome = ending === 'commit' ? 'unknown' : 'rolled back';
      this.#noteEnded(transaction, outcome, errorCodeOf(error));
      throw error;
    }
  }

  #noteEnding(
    transaction: string,
    ending: TransactionPlan['ending'],
    { published: events, undone }: DeskTransaction,
  ): void {
    const at = Date.now();
    const { note } = this.#parts;
    note({ kind: 'ending', at, transaction, ending, events, undone });
  }

  #noteEnded(
    transaction: string,
    outcome: TransactionEnded['outcome'],
    error?: string,
  ): void {
    const at = Date.now();
    const { note } = this.#parts;
    const told = error === undefined ? {} : { error };
    note({ kind: 'ended', at, transaction, outcome, ...told });
  }

  async #connected(): Promise<Client> {
    if (this.#client) return this.#client;
    const { connectionString, name } = this.#parts;
    const client = new Client({ connectionString, application_name: name });
    // What breaks the connection fails the statement that is under way as well.
    client.on('error', () => {});
    await client.connect();
    this.#client = client;
    return client;
  }

  async #disconnect(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.end().catch(() => {});
  }
}
