import { addAbortSignal, type Readable } from 'node:stream';

/** A line of an input, without its end, counted from 1. */
export interface NumberedLine {
  readonly number: number;
  readonly bytes: Buffer;
}

const NEWLINE = 0x0a;

/**
 * The lines of an input as they come. It ends early, and quietly, when `stop` aborts; what stands behind the last line's
 * end counts as a line then only where the input had ended by itself.
 */
export async function* numberedLines(
  input: Readable,
  stop: AbortSignal,
): AsyncGenerator<NumberedLine> {
  let number = 0;
  let begun: Buffer[] = [];
  try {
    for await (const chunk of addAbortSignal(stop, input)) {
      let rest = Buffer.from(chunk as Buffer | string);
      for (let end; (end = rest.indexOf(NEWLINE)) >= 0; begun = []) {
        number += 1;
        yield {
          number,
          bytes: Buffer.concat([...begun, rest.subarray(0, end)]),
        };
        rest = rest.subarray(end + 1);
      }
      if (rest.length > 0) begun.push(rest);
    }
  } catch (error) {
    if (!stop.aborted) throw error;
    return;
  }
  if (begun.length > 0)
    yield { number: number + 1, bytes: Buffer.concat(begun) };
}
