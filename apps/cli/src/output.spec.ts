import { PassThrough, Writable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { Output } from './output.js';

/** A stream whose writing fails with `code`. */
function failing(code: string): Writable {
  return new Writable({
    highWaterMark: 1,
    write: (_chunk, _encoding, done) =>
      setImmediate(done, Object.assign(new Error(code), { code })),
  });
}

describe('Output', () => {
  it('waits for its reader', async () => {
    const stream = new PassThrough({ highWaterMark: 4 });
    const output = new Output(stream);
    let written = false;
    const writing = output.line('more than four').then(() => (written = true));
    await new Promise(setImmediate);
    expect(written).toBe(false);
    expect(String(stream.read())).toBe('more than four\n');
    await writing;
  });

  it('takes it for an end, not for an error, that its reader has left', async () => {
    const output = new Output(failing('EPIPE'));
    await output.line('a');
    await output.line('b');
    expect(output.closed.aborted).toBe(true);
    expect(() => output.assertWritten()).not.toThrow();
  });

  it('tells of any other failure', async () => {
    const output = new Output(failing('ENOSPC'));
    await output.line('a');
    expect(() => output.assertWritten()).toThrow('ENOSPC');
  });
});
