import { describe, expect, it } from '@jest/globals';
import { readOptions } from './demo-options.js';

describe('readOptions', () => {
  it('makes incidents up on an embedded server unless it is told otherwise', () => {
    expect(readOptions([], {})).toEqual({
      input: undefined,
      incidents: 5_000,
      seed: 20_261_121,
      strict: false,
      killRelay: false,
      resume: false,
      json: false,
      data: undefined,
      databaseUrl: undefined,
    });
  });

  it('takes DATABASE_URL where it is not empty', () => {
    const url = 'postgres://localhost/desk';
    const args = ['--input', 'a.csv', '--kill-relay', '--resume'];
    expect(readOptions(args, { DATABASE_URL: url })).toMatchObject({
      input: 'a.csv',
      killRelay: true,
      resume: true,
      databaseUrl: url,
    });
    expect(readOptions([], { DATABASE_URL: '' }).databaseUrl).toBeUndefined();
  });

  it.each([
    [['--resume'], {}, /--resume needs what the run before left/],
    [['--data', 'd'], { DATABASE_URL: 'postgres://x/y' }, /give one of them/],
    [['--incidents', '0'], {}, /whole number from 1/],
    [['--sed', '1'], {}, /unknown option/],
  ])('refuses %j with %j', (args, env, words) => {
    expect(() => readOptions(args, env)).toThrow(words);
  });
});
