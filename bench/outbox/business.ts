import type { ClientBase } from 'pg';

/** A table as applications have them: what the business transactions of the bench write beside their events. */
export async function makeBusinessTable(client: {
  query: (text: string) => Promise<unknown>;
}): Promise<void> {
  await client.query(
    `create table if not exists incident (
      id bigint generated always as identity primary key,
      name text not null,
      status text not null,
      changed_at timestamptz not null default now()
    )`,
  );
}

export const INSERT_BUSINESS =
  'insert into incident (name, status) values ($1, $2)';

/** BEGIN, the INSERT of a business row, what `beside` does, COMMIT. `committing` is called as COMMIT is sent. */
export async function businessTransaction(
  client: ClientBase,
  n: number,
  beside: () => Promise<unknown>,
  committing: () => void = () => {},
): Promise<void> {
  await client.query('begin');
  await client.query(INSERT_BUSINESS, [`incident ${n}`, 'Accepted']);
  await beside();
  committing();
  await client.query('commit');
}
