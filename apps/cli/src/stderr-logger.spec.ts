import { PassThrough } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { StderrLogger } from './stderr-logger.js';

describe('StderrLogger', () => {
  it('writes warnings and errors as lines, with the words of their causes, and nothing else', () => {
    const stderr = new PassThrough();
    const logger = new StderrLogger(stderr);
    logger.debug();
    logger.info();
    logger.warn({ err: new Error('lost') }, 'a connection was lost');
    logger.error({ pid: 7, id: 8n }, 'the server ended');
    expect(String(stderr.read())).toBe(
      'postamt: warning: a connection was lost {"err":"lost"}\n' +
        'postamt: error: the server ended {"pid":7,"id":"8"}\n',
    );
  });
});
