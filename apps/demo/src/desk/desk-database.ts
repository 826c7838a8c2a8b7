import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Kysely, PostgresDialect } from 'kysely';
import { Pool } from 'pg';
import type { Tables } from './tables.js';

/** The desk's own connections: Kysely over its tables, as an application has it without Postamt too. */
@Injectable()
export class DeskDatabase
  extends Kysely<Tables>
  implements OnApplicationShutdown
{
  constructor(options: { connectionString: string; connections: number }) {
    const pool = new Pool({
      connectionString: options.connectionString,
      application_name: 'service-desk',
      max: options.connections,
    });
    // A connection that breaks while it is idle is replaced; unheard, the event would end the process.
    pool.on('error', () => {});
    super({ dialect: new PostgresDialect({ pool }) });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.destroy();
  }
}
