import { Logger } from '@nestjs/common';
import { afterEach, describe, expect, it } from '@jest/globals';
import { PostamtNestLogger } from './nest-logger.js';

describe('PostamtNestLogger', () => {
  afterEach(() => Logger.overrideLogger(false));

  it('writes the message, the fields as JSON and an error with its stack to Nest’s logger', () => {
    const lines: unknown[][] = [];
    const note = (...line: unknown[]) => void lines.push(line);
    Logger.overrideLogger({ log: note, warn: note, debug: note, error: note });
    const logger = new PostamtNestLogger();
    const err = new Error('broken');
    logger.info({}, 'plain');
    logger.warn({ offset: 7n }, 'with an offset');
    logger.error({ err, topic: 't' }, 'failed');
    expect(lines).toEqual([
      ['plain', 'Postamt'],
      ['with an offset {"offset":"7"}', 'Postamt'],
      ['failed {"err":"Error: broken","topic":"t"}', err.stack, 'Postamt'],
    ]);
  });
});
