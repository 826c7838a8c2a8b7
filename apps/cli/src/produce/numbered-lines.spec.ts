import { PassThrough, Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { numberedLines } from './numbered-lines.js';

async function linesIn(
  input: Readable,
  stop: AbortSignal = new AbortController().signal,
): Promise<string[]> {
  const lines = [];
  for await (const { number, bytes } of numberedLines(input, stop))
    lines.push(`${number} ${bytes.toString()}`);
  return lines;
}

describe('numberedLines', () => {
  it.each([
    ['a\nbä\n\nc', ['1 a', '2 bä', '3 ', '4 c']],
    ['a\n', ['1 a']],
    ['', []],
  ])('takes %j apart, however it comes', async (text, lines) => {
    expect(await linesIn(Readable.from([Buffer.from(text)]))).toEqual(lines);
    const bytes = [...Buffer.from(text)].map((byte) => Buffer.from([byte]));
    expect(await linesIn(Readable.from(bytes))).toEqual(lines);
    expect(await linesIn(Readable.from(text.split('')))).toEqual(lines);
  });

  it('ends where it is stopped, without the line that has only begun', async () => {
    const input = new PassThrough();
    const stopping = new AbortController();
    const reading = linesIn(input, stopping.signal);
    input.write('a\nb');
    await new Promise(setImmediate);
    stopping.abort();
    expect(await reading).toEqual(['1 a']);
  });

  it('fails with its input', async () => {
    const input = new PassThrough();
    const reading = linesIn(input);
    input.destroy(new Error('torn'));
    await expect(reading).rejects.toThrow('torn');
  });
});
