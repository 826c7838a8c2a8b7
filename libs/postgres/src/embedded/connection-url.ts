import { SUPERUSER } from './cluster.js';

/** Where a server is reached, and with which password. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
  readonly password: string;
}

/** The superuser's connection string for one of the server's databases. */
export function connectionUrl(
  { host, port, password }: ServerAddress,
  database: string,
): string {
  const login = `${SUPERUSER}:${encodeURIComponent(password)}`;
  return `postgresql://${login}@${reachedAt(host)}:${port}/${encodeURIComponent(database)}`;
}

/** A server that listens on every address is reached on the machine itself, from where alone it lets clients in. */
function reachedAt(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
