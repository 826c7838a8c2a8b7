import type { Command } from 'commander';
import { createTopic } from '#log';
import { registerSchema, valueSubject } from '#schemas';
import { withEntry } from '../config-entry.js';
import { count } from '../count.js';
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

const EXAMPLES = `
The settings are Kafka's (retention.ms, cleanup.policy, min.insync.replicas, …) and two of ours (retention.topic.bytes,
consumer.visibility); what is not said is the default. An unknown one is refused with the list of all.

Examples:
  $ postamt topics create incidents --partitions 6 --config retention.ms=86400000
  $ postamt topics create addresses --config cleanup.policy=compact --value-schema @address.avsc`;

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
      'a setting by its name in Kafka, such as retention.ms=86400000; may be given again',
      withEntry,
    )
    .option(
      '--value-schema <avro>',
      'the Avro schema of its values, as JSON or as @file; registered as <topic>-value',
    )
    .addHelpText('after', EXAMPLES)
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
            : `created topic ${name} with ${count(partitions, 'partition')}`,
        );
      });
    });
}
