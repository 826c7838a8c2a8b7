import { type Command, InvalidArgumentError } from 'commander';
import type { TopicSelection } from '#groups';
import type { GlobalOptions } from '../global-options.js';

/** The options that say which partitions of a group are meant. */
export interface TopicOptions extends GlobalOptions {
  readonly topic?: readonly TopicSelection[];
  readonly allTopics?: boolean;
}

/** Declares {@link TopicOptions}. */
export function addTopicOptions(command: Command): Command {
  return command
    .option(
      '--topic <name[:partitions]>',
      'a topic, or some of its partitions as in incidents:0,2; may be given several times',
      collect,
    )
    .option(
      '--all-topics',
      'all partitions in which the group has committed something',
    );
}

/** What the options mean to the library; ends the command where they mean nothing. */
export function topicsOf(
  { topic, allTopics = false }: TopicOptions,
  command: Command,
): readonly TopicSelection[] | 'all' {
  if (allTopics !== (topic === undefined))
    command.error('error: give --topic, once or more, or --all-topics');
  return topic ?? 'all';
}

function collect(
  text: string,
  before: readonly TopicSelection[] = [],
): TopicSelection[] {
  return [...before, selectionOf(text)];
}

function selectionOf(text: string): TopicSelection {
  const [, topic, list] = /^([^:]+)(?::(\d+(?:,\d+)*))?$/.exec(text) ?? [];
  if (topic === undefined)
    throw new InvalidArgumentError(
      'Give the name of a topic, or name:0,1,2 for some of its partitions.',
    );
  if (list === undefined) return { topic };
  return { topic, partitions: list.split(',').map(Number) };
}
