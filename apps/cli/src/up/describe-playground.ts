import { DEFAULT_SCHEMA } from '#postgres';
import { formatFields } from '../table.js';

/** What a user has to know of a playground, ready for JSON. */
export interface PlaygroundDescription {
  readonly databaseUrl: string;
  readonly schema: string;
  readonly dataDirectory: string;
  /** Whether the data are there at the next start. */
  readonly kept: boolean;
  readonly pid: number;
}

const VALUE_SCHEMA =
  '{"type":"record","name":"Letter","fields":[{"name":"text","type":"string"}]}';

/** The same for people, with commands to be copied. */
export function formatPlayground(playground: PlaygroundDescription): string {
  const { databaseUrl, schema, dataDirectory, kept } = playground;
  const fields = formatFields([
    ['database', databaseUrl],
    ['schema', schema],
    ['data', kept ? dataDirectory : `${dataDirectory} (until it stops)`],
  ]);
  const environment = [
    `export DATABASE_URL='${databaseUrl}'`,
    ...(schema === DEFAULT_SCHEMA ? [] : [`export POSTAMT_SCHEMA=${schema}`]),
  ];
  const commands = [
    ...environment,
    `postamt topics create letters --partitions 3 --value-schema '${VALUE_SCHEMA}'`,
    `postamt produce letters --key anna --value '{"text":"hello"}'`,
    'postamt consume letters --follow',
    'postamt outbox status',
  ];
  return [
    'Postgres and a relay are up. Ctrl-C stops them.',
    fields,
    'In another terminal:',
    commands.map((command) => `  ${command}`).join('\n'),
  ].join('\n\n');
}
