import { describe, expect, it } from '@jest/globals';
import { LineProgress } from './line-progress.js';

describe('LineProgress', () => {
  it('says every few seconds how far all tasks are, and once more at the end', () => {
    let text = '';
    let now = 0;
    const progress = new LineProgress(
      (line) => (text += line),
      () => now,
    );
    progress.show('written', 1, 9);
    progress.show('moved', 0, 9);
    now = 3_000;
    progress.show('written', 5, 9);
    progress.say('rejected line 2: no');
    progress.show('moved', 12, 9);
    progress.end();
    progress.end();
    expect(text).toBe(
      'written 5/9 · moved 0/9\nrejected line 2: no\nwritten 5/9 · moved 12/12\n',
    );
  });
});
