import type { Command } from 'commander';
import { describeTopic } from '#log';
import { listVersions, valueSubject } from '#schemas';
import type { GlobalOptions } from '../global-options.js';
import type { Output } from '../output.js';
import { descriptionOf, formatDescription } from '../topic-description.js';
import { withDatabase } from '../with-database.js';

interface DescribeOptions extends GlobalOptions {
  readonly all?: boolean;
}

const EXAMPLES = `
Examples:
  $ postamt topics describe incidents         what the topic itself says of its configuration
  $ postamt topics describe incidents --all   every setting, and who says it
  $ postamt topics describe incidents --json | jq '.config["retention.ms"]'`;

/** `postamt topics describe <topic>` */
export function addTopicsDescribe(topics: Command, output: Output): void {
  topics
    .command('describe')
    .description("show a topic's configuration, offsets and value schemas")
    .argument('<topic>', 'its name')
    .option('--all', 'show the settings that are defaults, too')
    .addHelpText('after', EXAMPLES)
    .action(async (name: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<DescribeOptions>();
      await withDatabase(options, async (db) => {
        const description = descriptionOf(
          await describeTopic(db, name),
          await listVersions(db, valueSubject(name)),
        );
        await output.line(
          options.json
            ? JSON.stringify(description)
            : formatDescription(description, options),
        );
      });
    });
}
