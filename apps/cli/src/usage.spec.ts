import { describe, expect, it } from '@jest/globals';
import { captureCli } from './fixtures/captured-cli.js';

describe('usage', () => {
  it.each([
    [['consume'], "error: missing required argument 'topic'"],
    [
      ['consume', 'doors', '--from', 'x'],
      'Give earliest, latest or an offset.',
    ],
    [['topics', 'create', 'd', '--config', 'x'], 'Give key=value.'],
    [['topics', 'create', 'd', '--partitions', '0'], 'Give a whole number'],
    [['topics', 'add-partitions', 'd'], "required option '--total <count>'"],
    [['segments', 'a', 'b'], 'error: too many arguments'],
    [['replicas', 'a'], 'error: too many arguments'],
    [['post'], "error: unknown command 'post'"],
  ])('ends %j with 1 and says why', async (args, words) => {
    const { code, stdout, stderr } = await captureCli(...args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(words);
  });

  it('has help with examples, and the version', async () => {
    expect((await captureCli('--help')).stdout).toContain('Examples:');
    expect((await captureCli('consume', '--help')).stdout).toContain(
      '--follow',
    );
    for (const name of [
      'topics create',
      'topics alter',
      'topics describe',
      'topics delete',
      'topics add-partitions',
      'segments',
      'replicas',
      'groups describe',
      'groups reset-offsets',
      'groups delete-offsets',
      'groups delete',
      'bench producer',
      'bench consumer',
    ]) {
      const { stdout } = await captureCli(...name.split(' '), '--help');
      expect(stdout).toContain(`\n  $ postamt ${name}`);
    }
    expect((await captureCli('--version')).stdout).toMatch(/^\d+\.\d+\.\d+/);
  });
});
