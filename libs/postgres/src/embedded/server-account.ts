import { readFile } from 'node:fs/promises';
import { embeddedPostgresFailed } from './embedded-postgres-failed.js';

/** Who the server runs as, where that is not who starts it. */
export interface ServerAccount {
  readonly uid: number;
  readonly gid: number;
}

const PREFERRED = ['postgres', 'nobody'];

/**
 * The account that the server runs as: undefined for whoever starts it, and for root, as which Postgres refuses to run,
 * another one: the owner of the cluster where there is one, or else the machine's `postgres` or `nobody`.
 */
export async function chooseServerAccount(
  owner: ServerAccount | undefined,
): Promise<ServerAccount | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  if (owner && owner.uid !== 0) return owner;
  const accounts = parseAccounts(await readFile('/etc/passwd', 'utf8'));
  for (const name of PREFERRED) {
    const account = accounts.get(name);
    if (account && account.uid > 0) return account;
  }
  throw embeddedPostgresFailed(
    `Postgres does not run as root, and /etc/passwd has none of ${PREFERRED.join(', ')} to run it as: start as another user, or add one of these.`,
  );
}

/** The accounts of a passwd(5) file by name. */
export function parseAccounts(passwd: string): Map<string, ServerAccount> {
  const accounts = new Map<string, ServerAccount>();
  for (const line of passwd.split('\n')) {
    const [name, , uid, gid] = line.split(':');
    if (name && uid && gid)
      accounts.set(name, { uid: Number(uid), gid: Number(gid) });
  }
  return accounts;
}
