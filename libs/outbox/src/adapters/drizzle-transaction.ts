import type { SqlExecutor } from '#postgres';
import { lentClient } from './lent-client.js';
import { outsideTransaction } from './outside-transaction.js';

/** Drizzle's `PgTransaction`, over whatever driver, as far as publishing looks at it. */
export interface DrizzleTransaction {
  readonly _: { readonly session: DrizzleSession };
  rollback(): never;
}

/** Drizzle's `PgSession`, as far as publishing looks at it. */
export interface DrizzleSession {
  prepareQuery(
    query: { sql: string; params: unknown[] },
    fields: undefined,
    name: undefined,
    isResponseInArrayMode: false,
  ): { execute(): Promise<unknown> };
}

/**
 * A transaction of Drizzle, for `publish`. Over `pg` the relay hears of its COMMIT.
 *
 * @throws PostamtError INVALID_VALUE for a database that is no transaction
 *
 * @example
 * await db.transaction(async (tx) => {
 *   await tx.update(incident).set({ status }).where(eq(incident.id, id));
 *   await outbox.publish(drizzleTransaction(tx), incidents, { key: id, value: { status, at } });
 * });
 */
export function drizzleTransaction(tx: DrizzleTransaction): SqlExecutor {
  if (typeof tx.rollback !== 'function')
    throw outsideTransaction(
      'drizzleTransaction',
      'a database that is no transaction',
      'the transaction that db.transaction hands to its callback',
    );
  const { session } = tx._;
  // The client of a transaction over pg; other drivers have something else there.
  return lentClient(Reflect.get(session, 'client')) ?? throughSession(session);
}

function throughSession(session: DrizzleSession): SqlExecutor {
  return {
    async query(sql, values = []) {
      const statement = { sql, params: values.map(asParameter) };
      const prepared = session.prepareQuery(
        statement,
        undefined,
        undefined,
        false,
      );
      return { rows: rowsOf(await prepared.execute()) };
    },
  };
}

/** A list of numbers as Postgres writes one: postgres.js takes the type of a list of bigints for that of its first. */
function asParameter(value: unknown): unknown {
  const isNumeric =
    Array.isArray(value) &&
    value.every((each) => typeof each === 'bigint' || Number.isInteger(each));
  return isNumeric ? `{${value.join(',')}}` : value;
}

/** What a driver answers: rows, or a result that has them. */
function rowsOf(result: unknown): Record<string, unknown>[] {
  const rows = Array.isArray(result)
    ? result
    : (result as { rows: unknown[] }).rows;
  return [...rows] as Record<string, unknown>[];
}
