import { randomUUID } from 'node:crypto';
import type { Client } from 'pg';
import { sleep } from '#kernel';
import type { Outbox } from '#outbox';
import type { PublishedNote } from '../outbox-history.js';
import { topicNamed } from './topics.js';
import type {
  PlannedEvent,
  PlannedStep,
  TransactionPlan,
} from './transaction-plan.js';

/** One business transaction, on a connection of the writer's, up to its COMMIT or ROLLBACK. */
export class DeskTransaction {
  /** What it published and has not rolled back to a savepoint. */
  readonly published: PublishedNote[] = [];
  /** What it rolled back to a savepoint. */
  readonly undone: PublishedNote[] = [];
  readonly #client: Client;
  readonly #outbox: Outbox;
  readonly #name: string;

  constructor(client: Client, outbox: Outbox, name: string) {
    this.#client = client;
    this.#outbox = outbox;
    this.#name = name;
  }

  /** Does what the plan says, and leaves the transaction open. */
  async play(plan: TransactionPlan): Promise<void> {
    await this.begin(plan.isolation);
    if (plan.writesElsewhere) await this.writeElsewhere();
    if (plan.thinkMs > 0) await sleep(plan.thinkMs);
    for (const step of plan.steps) await this.step(step);
  }

  async begin(
    isolation: TransactionPlan['isolation'] = 'read committed',
  ): Promise<void> {
    await this.#client.query(`begin isolation level ${isolation}`);
  }

  /** From here on the transaction has an id. */
  async writeElsewhere(): Promise<void> {
    await this.#client.query('insert into public.elsewhere values ($1)', [
      this.#name,
    ]);
  }

  async step(step: PlannedStep): Promise<void> {
    if (step.savepoint === 'none') return this.#publish(step, this.published);
    await this.#client.query('savepoint step');
    if (step.savepoint === 'released') {
      await this.#publish(step, this.published);
      await this.#client.query('release savepoint step');
      return;
    }
    await this.#publish(step, this.undone);
    await this.#client.query('rollback to savepoint step');
  }

  /** Where the row serialises, it is changed before the event is published; where the lock does, behind that. */
  async #publish(step: PlannedStep, notes: PublishedNote[]): Promise<void> {
    const { topic, events, choosesIds } = step;
    const lockKey = events.some(({ serialised }) => serialised === 'lock');
    const before: number[] = [];
    if (!lockKey)
      for (const event of events)
        before.push(await this.#nextVersion(topic, event));
    const carried = events.map((_, n) => before[n] ?? 0);
    const dues = events.map(({ delayMs }) =>
      delayMs === null ? null : Date.now() + delayMs,
    );
    const published = await this.#outbox.publish(
      this.#client,
      topicNamed(topic),
      events.map(({ key }, n) => ({
        key,
        value: { version: carried[n] ?? 0, transaction: this.#name },
        ...deliverAt(dues[n]),
        ...(choosesIds && { id: randomUUID() }),
      })),
      { lockKey },
    );
    for (const [n, event] of events.entries()) {
      const version = before[n] ?? (await this.#nextVersion(topic, event));
      const note = {
        id: published[n]?.id ?? '',
        topic,
        key: event.key,
        version,
        carried: carried[n] ?? 0,
        due: dues[n] ?? null,
      };
      notes.push(note);
      await this.#enter(note);
    }
  }

  async #nextVersion(topic: string, { key }: PlannedEvent): Promise<number> {
    if (key === null) return 0;
    const { rows } = await this.#client.query<{ version: number }>(
      `insert into public.desk as row values ($1, $2, 1)
      on conflict (topic, key) do update set version = row.version + 1 returning version`,
      [topic, key],
    );
    return rows[0]?.version ?? 0;
  }

  async #enter(note: PublishedNote): Promise<void> {
    const { id, topic, key, version, carried, due } = note;
    await this.#client.query(
      'insert into public.ledger values ($1, $2, $3, $4, $5, $6, $7)',
      [id, topic, key, version, carried, due, this.#name],
    );
  }
}

function deliverAt(due: number | null | undefined): { deliverAt?: number } {
  return typeof due === 'number' ? { deliverAt: due } : {};
}
