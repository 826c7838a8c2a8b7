import { type Command, InvalidArgumentError } from 'commander';
import type { OutboxFilter } from '#outbox';
import type { GlobalOptions } from '../global-options.js';
import { wholeNumber } from '../whole-number.js';

/** The options that say which events of the outbox are meant. */
export interface SelectionOptions extends GlobalOptions {
  readonly id?: string;
  readonly topic?: string;
  readonly topicNumber?: number;
  readonly key?: string;
  readonly keyBase64?: Buffer;
  readonly limit?: number;
}

/** Declares {@link SelectionOptions}. */
export function addSelection(command: Command): Command {
  return command
    .option('--id <uuid>', 'the event with this id')
    .option('--topic <name>', 'events for this topic')
    .option(
      '--topic-number <number>',
      'the same for a topic that is gone: outbox status shows its number',
      wholeNumber(0),
    )
    .option('--key <text>', 'events with this key')
    .option('--key-base64 <base64>', 'the same where the key is no text', bytes)
    .option('--limit <count>', 'so many events at most', wholeNumber(1));
}

function bytes(text: string): Buffer {
  const decoded = Buffer.from(text, 'base64');
  if (decoded.toString('base64') === text) return decoded;
  throw new InvalidArgumentError('Give base64, with its padding.');
}

/** Makes what reads an option that is one of some words. */
export function oneOf<Word extends string>(
  words: readonly Word[],
): (text: string) => Word {
  return (text) => {
    const word = words.find((each) => each === text.toUpperCase());
    if (word !== undefined) return word;
    throw new InvalidArgumentError(`Give one of ${words.join(', ')}.`);
  };
}

/** What the options mean to the library. */
export function filterOf(options: SelectionOptions): OutboxFilter {
  const { id, topic, topicNumber, key, keyBase64 } = options;
  return {
    ...(id !== undefined && { eventId: id }),
    ...(topic !== undefined && { topic }),
    ...(topicNumber !== undefined && { topicNumber }),
    ...(key !== undefined && { key }),
    ...(keyBase64 !== undefined && { key: keyBase64 }),
  };
}
