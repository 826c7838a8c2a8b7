import { type Command, InvalidArgumentError } from 'commander';
import { createTopic } from '#log';
import { registerSchema, valueSubject } from '#schemas';
import type { GlobalOptions } from '../global-options.js';
import type { Output } from '../output.js';
import { readSchema } from '../read-schema.js';
import { summaryOf } from '../topic-summary.js';
import { wholeNumber } from '../whole-number.js';
import { withDatabase } from '../with-database.js';

interface CreateOptions extends GlobalOptions {
  readonly partitions: number;
  readonly config?: Readonly<Record<string, string>>;
  readonly valueSchema?: string;
}

/** `postamt topics create <topic>` */
export function addTopicsCreate(topics: Command, output: Output): void {
  topics
    .command('create')
    .description('create a topic')
    .argument('<topic>', 'its name')
    .option(
      '--partitions <count>',
      'how many partitions it has',
      wholeNumber(1),
      1,
    )
    .option(
      '--config <key=value>',
      'a setting by its name in Kafka, such as max.message.bytes=65536; may be given again',
      withEntry,
    )
    .option(
      '--value-schema <avro>',
      'the Avro schema of its values, as JSON or as @file; registered as <topic>-value',
    )
    .action(async (name: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<CreateOptions>();
      const { partitions, config = {}, valueSchema } = options;
      const schema = valueSchema && (await readSchema(valueSchema));
      await withDatabase(options, async (db) => {
        const topic = await createTopic(db, { name, partitions, config });
        if (schema) await registerSchema(db, valueSubject(name), schema);
        await output.line(
          options.json
            ? JSON.stringify(summaryOf(topic))
            : `created topic ${name} with ${count(partitions)}`,
        );
      });
    });
}

function withEntry(
  text: string,
  entries: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const [, key, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (key === undefined || value === undefined)
    throw new InvalidArgumentError('Give key=value.');
  return { ...entries, [key]: value };
}

function count(partitions: number): string {
  return partitions === 1 ? '1 partition' : `${partitions} partitions`;
}
