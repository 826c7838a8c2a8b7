import type { Database } from '#postgres';
import type { TopicDefinition } from '#schemas';
import {
  CONNECTION_OPTION_NAMES,
  type PostamtConnectionOptions,
} from '../installation/connection-options.js';
import { Installation } from '../installation/installation.js';

/** How a transport's server or client gets to its database: as the module does, or by what the module has opened. */
export interface TransportConnectionOptions extends PostamtConnectionOptions {
  /** `app.get(Database)` in an application that imports `PostamtModule`: it stays the module's, and open. */
  readonly database?: Database | undefined;
  /** Created, and their schemas registered, when it connects. A pattern is the name of one of them. */
  readonly topics: readonly TopicDefinition[];
}

/** The names of {@link TransportConnectionOptions}. */
export const TRANSPORT_OPTION_NAMES = [
  ...CONNECTION_OPTION_NAMES,
  'database',
  'topics',
] as const satisfies readonly (keyof TransportConnectionOptions)[];

/** An open database, and how to let go of it. */
export interface TransportConnection {
  readonly db: Database;
  close(): Promise<void>;
}

/** @throws PostamtError as `PostamtModule` does when the application starts */
export async function connectTransport(
  options: TransportConnectionOptions,
): Promise<TransportConnection> {
  const { database } = options;
  if (database) return { db: database, close: async () => {} };
  return Installation.open(options);
}
