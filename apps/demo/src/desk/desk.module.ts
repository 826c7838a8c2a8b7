import { Module, type DynamicModule } from '@nestjs/common';
import { PostamtModule, type PostamtModuleOptions } from 'postamt';
import { Board } from './board.service.js';
import { ClosedNotifier } from './closed-notifier.service.js';
import { DeskDatabase } from './desk-database.js';
import { incidents } from './incidents.topic.js';
import { ServiceDesk } from './service-desk.service.js';

export interface DeskOptions {
  /** Leads to the desk's tables by their bare names. */
  readonly connectionString: string;
  /** The schema of Postamt's tables. */
  readonly schema: string;
  /** How many business transactions run at once. */
  readonly writers: number;
  /** The relay in this process; false where processes of their own do it. */
  readonly relay: NonNullable<PostamtModuleOptions['relay']>;
}

/** The service desk. */
@Module({})
export class DeskModule {
  static forRoot(options: DeskOptions): DynamicModule {
    const { connectionString, schema, relay, writers } = options;
    return {
      module: DeskModule,
      imports: [
        PostamtModule.forRoot({
          connectionString,
          schema,
          relay,
          topics: [incidents],
        }),
      ],
      providers: [
        {
          provide: DeskDatabase,
          useFactory: () =>
            new DeskDatabase({ connectionString, connections: writers }),
        },
        ServiceDesk,
        Board,
        ClosedNotifier,
      ],
    };
  }
}
