import type { Client } from 'pg';
import type { Outbox } from '#outbox';
import type { CommittedEvent } from '#testing';
import { happenings } from './happenings.js';

/** What a business transaction says to its scene. */
export interface Ledger {
  readonly outbox: Outbox;
  /** The next version of a key; keys are serialised by the test, which does one thing after the other. */
  nextVersion(key: string | null): number;
  noteCommitted(events: readonly CommittedEvent[]): void;
}

/** A transaction of the application's, on a connection that the test holds. */
export class BusinessTransaction {
  /** When it began, by the database's clock, in milliseconds since 1970. */
  readonly beganAt: number;
  readonly #client: Client;
  readonly #ledger: Ledger;
  #published: CommittedEvent[] = [];
  #savedAt = 0;

  private constructor(client: Client, ledger: Ledger, beganAt: number) {
    this.#client = client;
    this.#ledger = ledger;
    this.beganAt = beganAt;
  }

  static async begin(
    client: Client,
    ledger: Ledger,
  ): Promise<BusinessTransaction> {
    await client.query('begin isolation level read committed');
    const { rows } = await client.query<{ began: string }>(
      'select floor(extract(epoch from now()) * 1000)::text as began',
    );
    return new BusinessTransaction(client, ledger, Number(rows[0]?.began));
  }

  /** Publishes an event of a key, with the beginning of the transaction as its timestamp. */
  async publish(key: string | null): Promise<void> {
    const version = this.#ledger.nextVersion(key);
    const [event] = await this.#ledger.outbox.publish(
      this.#client,
      happenings,
      { key, value: { version }, timestamp: this.beganAt },
    );
    this.#published.push({ id: event?.id ?? '', key, version });
  }

  /** Writes something that has nothing to do with the outbox: from here on the transaction has an id. */
  async writeElsewhere(): Promise<void> {
    await this.#client.query('select pg_current_xact_id()');
  }

  async savepoint(): Promise<void> {
    await this.#client.query('savepoint here');
    this.#savedAt = this.#published.length;
  }

  async rollbackToSavepoint(): Promise<void> {
    await this.#client.query('rollback to savepoint here');
    this.#published = this.#published.slice(0, this.#savedAt);
  }

  async commit(): Promise<void> {
    await this.#client.query('commit');
    this.#ledger.noteCommitted(this.#published);
  }

  async rollback(): Promise<void> {
    await this.#client.query('rollback');
  }

  /** First phase of a two-phase commit: the transaction stays open, and belongs to no connection any more. */
  async prepare(name: string): Promise<void> {
    await this.#client.query(`prepare transaction '${name}'`);
  }

  async commitPrepared(name: string): Promise<void> {
    await this.#client.query(`commit prepared '${name}'`);
    this.#ledger.noteCommitted(this.#published);
  }

  async rollbackPrepared(name: string): Promise<void> {
    await this.#client.query(`rollback prepared '${name}'`);
  }
}
