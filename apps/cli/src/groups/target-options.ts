import { type Command, InvalidArgumentError } from 'commander';
import type { ResetTarget } from '#groups';
import { readDatetime } from './read-datetime.js';
import { readDuration } from './read-duration.js';

/** The options that say where offsets are to be: exactly one of them is given. */
export interface TargetOptions {
  readonly toEarliest?: boolean;
  readonly toLatest?: boolean;
  readonly toOffset?: bigint;
  readonly toDatetime?: number;
  readonly byDuration?: number;
  readonly shiftBy?: bigint;
}

/** Declares {@link TargetOptions}. */
export function addTargetOptions(command: Command): Command {
  return command
    .option('--to-earliest', 'to the first record that there is')
    .option('--to-latest', 'behind the last record')
    .option('--to-offset <offset>', 'to this offset', wholeOffset)
    .option(
      '--to-datetime <time>',
      'to the first record at or after this time: ISO 8601, in UTC where it names no zone, or milliseconds since 1970',
      readDatetime,
    )
    .option(
      '--by-duration <duration>',
      'the same for so long ago: PT1H30M or 1h30m',
      readDuration,
    )
    .option(
      '--shift-by <count>',
      'so many records on from where it is, or back: -100',
      shift,
    );
}

/** What the options mean to the library; ends the command where they are none or several. */
export function targetOf(
  options: TargetOptions,
  command: Command,
): ResetTarget {
  const { toOffset, toDatetime, byDuration, shiftBy } = options;
  const given: ResetTarget[] = [];
  if (options.toEarliest) given.push('earliest');
  if (options.toLatest) given.push('latest');
  if (toOffset !== undefined) given.push({ offset: toOffset });
  if (toDatetime !== undefined) given.push({ time: toDatetime });
  if (byDuration !== undefined) given.push({ duration: byDuration });
  if (shiftBy !== undefined) given.push({ shiftBy });
  const [target, ...others] = given;
  if (target !== undefined && others.length === 0) return target;
  return command.error(
    'error: give one of --to-earliest, --to-latest, --to-offset, --to-datetime, --by-duration and --shift-by',
  );
}

function wholeOffset(text: string): bigint {
  if (/^\d{1,18}$/.test(text)) return BigInt(text);
  throw new InvalidArgumentError(
    'Give an offset, a whole number of at least 0.',
  );
}

function shift(text: string): bigint {
  if (/^[+-]?\d{1,18}$/.test(text)) return BigInt(text.replace('+', ''));
  throw new InvalidArgumentError('Give a whole number, such as 100 or -100.');
}
