import type { SqlExecutor } from '#postgres';
import { outsideTransaction } from './outside-transaction.js';

/** The client of an interactive transaction of Prisma's, as far as publishing looks at it. */
export interface PrismaTransaction {
  $queryRawUnsafe(query: string, ...values: unknown[]): PromiseLike<unknown>;
  $executeRawUnsafe(query: string, ...values: unknown[]): PromiseLike<number>;
}

/** Prisma refuses to read a column of type void. */
const TAKES_LOCKS = /^\s*select pg_advisory_xact_lock/i;

/**
 * An interactive transaction of Prisma, for `publish`. The relay does not hear of the COMMIT; it is told that something
 * may come.
 *
 * @throws PostamtError INVALID_VALUE for a client that is no transaction
 *
 * @example
 * await prisma.$transaction(async (tx) => {
 *   await tx.incident.update({ where: { id }, data: { status } });
 *   await outbox.publish(prismaTransaction(tx), incidents, { key: id, value: { status, at } });
 * });
 */
export function prismaTransaction(tx: PrismaTransaction): SqlExecutor {
  // Prisma takes this member, and not much else, from the client of a transaction.
  if ('$connect' in tx)
    throw outsideTransaction(
      'prismaTransaction',
      'a client that is no transaction',
      'the client that prisma.$transaction(async (tx) => …) hands to its callback',
    );
  return {
    async query(text, values = []) {
      if (TAKES_LOCKS.test(text)) {
        await tx.$executeRawUnsafe(text, ...values);
        return { rows: [] };
      }
      const rows = await tx.$queryRawUnsafe(text, ...values);
      return { rows: rows as Record<string, unknown>[] };
    },
  };
}
