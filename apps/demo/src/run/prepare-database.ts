import { createTables } from '../desk/create-tables.js';
import { DeskDatabase } from '../desk/desk-database.js';
import type { Closers } from './closers.js';
import type { DemoOptions } from './demo-options.js';
import { DemoSchemas } from './demo-schemas.js';
import { DemoServer } from './demo-server.js';
import { deskUrl } from './desk-url.js';

/** A database that a run may begin in. */
export interface PreparedDatabase {
  /** Leads to the desk's tables by their bare names. */
  readonly connectionString: string;
  /** How a later run finds the same data; undefined when they end with this one. */
  readonly kept: string | undefined;
}

/** Starts the server, takes the demo's place in it, and makes the desk's tables, or finds those to go on with. */
export async function prepareDatabase(
  options: DemoOptions,
  closers: Closers,
): Promise<PreparedDatabase> {
  const server = await DemoServer.start(options);
  closers.add(() => server.stop());
  const schemas = await DemoSchemas.take(server.connectionString);
  closers.add(() => schemas.release());
  await (options.resume ? schemas.findOrMake() : schemas.makeAnew());
  const connectionString = deskUrl(server.connectionString);
  const desk = new DeskDatabase({ connectionString, connections: 1 });
  try {
    await createTables(desk);
  } finally {
    await desk.destroy();
  }
  return { connectionString, kept: server.kept };
}
