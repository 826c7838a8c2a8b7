import { AsyncLocalStorage } from 'node:async_hooks';
import { isObservable, lastValueFrom } from 'rxjs';
import { sql, type Transaction } from 'kysely';

type Method = (...args: unknown[]) => unknown;

/** The transaction of the record that is being handled. */
const current = new AsyncLocalStorage<Transaction<unknown>>();

/**
 * Runs a handler with its pipes, guards, interceptors and filters in such a way that what the method did in `tx` can be
 * undone without the rest of the transaction, by {@link undoingItsEffects}.
 */
export async function undoable<Result>(
  tx: Transaction<unknown>,
  act: () => Promise<Result>,
): Promise<Result> {
  await sql`savepoint postamt_handler`.execute(tx);
  const result = await current.run(tx, act);
  await sql`release savepoint postamt_handler`.execute(tx);
  return result;
}

/**
 * The method, with its effects undone when it throws: whoever handles the error then (an exception filter) finds a
 * transaction that is usable and bears nothing half done. It inherits from the method, and with that its metadata.
 */
export function undoingItsEffects(method: Method): Method {
  async function undoing(this: unknown, ...args: unknown[]): Promise<unknown> {
    try {
      const result = await method.apply(this, args);
      return isObservable(result) ? await settled(result) : result;
    } catch (error) {
      await undo();
      throw error;
    }
  }
  Object.defineProperty(undoing, 'name', { value: method.name });
  return Object.setPrototypeOf(undoing, method) as Method;
}

/** An observable's last value; undefined where it has none. */
export function settled(
  result: Parameters<typeof lastValueFrom>[0],
): Promise<unknown> {
  return lastValueFrom(result, { defaultValue: undefined });
}

async function undo(): Promise<void> {
  const tx = current.getStore();
  if (!tx) return;
  try {
    await sql`rollback to savepoint postamt_handler`.execute(tx);
  } catch {
    // The connection is gone, and the transaction with it: its COMMIT fails, whatever is made of the error before.
  }
}
