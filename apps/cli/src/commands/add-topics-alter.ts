import type { Command } from 'commander';
import {
  alterTopic,
  alterTopicDefaults,
  type ConfigChange,
  type Topic,
} from '#log';
import type { Database } from '#postgres';
import { withEntry, withText } from '../config-entry.js';
import type { GlobalOptions } from '../global-options.js';
import type { Output } from '../output.js';
import { summaryOf } from '../topic-summary.js';
import { withDatabase } from '../with-database.js';

interface AlterOptions extends GlobalOptions {
  readonly set?: Readonly<Record<string, string>>;
  readonly unset?: readonly string[];
  readonly defaults?: boolean;
}

const EXAMPLES = `
--defaults changes what all topics are configured by that do not say it themselves. Processes that run hear of a change
when they next read the catalogue: after the next roll of a segment at the latest, or when they start.

Examples:
  $ postamt topics alter incidents --set retention.ms=86400000 --set segment.ms=3600000
  $ postamt topics alter incidents --unset retention.ms       back to the default
  $ postamt topics alter --defaults --set min.insync.replicas=2`;

/** `postamt topics alter [topic]` */
export function addTopicsAlter(topics: Command, output: Output): void {
  topics
    .command('alter')
    .description("change a topic's configuration, or the defaults of all")
    .argument('[topic]', 'its name')
    .option('--defaults', 'change the defaults of this installation instead')
    .option(
      '--set <key=value>',
      'what a setting is to be; may be given again',
      withEntry,
    )
    .option(
      '--unset <key>',
      'a setting that goes back to the default; may be given again',
      withText,
    )
    .addHelpText('after', EXAMPLES)
    .action(
      async (name: string | undefined, _options: object, command: Command) => {
        const options = command.optsWithGlobals<AlterOptions>();
        const { json, set = {}, unset = [] } = options;
        const change = { set, unset };
        checkUsage(command, name, options);
        await withDatabase(options, async (db) => {
          const told = await alter(db, name, change);
          await output.line(json ? JSON.stringify(told.json) : told.text);
        });
      },
    );
}

function checkUsage(
  command: Command,
  name: string | undefined,
  { set, unset, defaults = false }: AlterOptions,
): void {
  if (defaults === (name !== undefined))
    command.error('error: give the name of a topic, or --defaults');
  if (!set && !unset) command.error('error: give --set or --unset');
}

async function alter(
  db: Database,
  name: string | undefined,
  change: Required<ConfigChange>,
): Promise<{ json: unknown; text: string }> {
  if (name === undefined) {
    await alterTopicDefaults(db, change);
    const { set, unset } = change;
    return {
      json: { defaults: { set, unset } },
      text: `altered the defaults of topics: ${words(change)}`,
    };
  }
  const topic = await alterTopic(db, name, change);
  return {
    json: summaryOf(topic),
    text: `altered topic ${name}: ${words(change, topic)}`,
  };
}

/** Each setting that was named, as it is now; of a default of the installation, what was said of it. */
function words(change: Required<ConfigChange>, topic?: Topic): string {
  const config = topic && summaryOf(topic).config;
  const set = Object.entries(change.set).map(
    ([key, value]) => `${key}=${config?.[key] ?? String(value)}`,
  );
  const unset = change.unset.map((key) =>
    config ? `${key}=${config[key]} (default)` : `${key} unset`,
  );
  return [...set, ...unset].join(', ');
}
