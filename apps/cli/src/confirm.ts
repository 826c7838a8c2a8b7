import { createInterface } from 'node:readline';
import type { ReadStream } from 'node:tty';
import type { Io } from './io.js';

/** Whether somebody sits at stdin, who can be asked. */
export function isTerminal({ stdin }: Io): boolean {
  return (stdin() as Partial<ReadStream>).isTTY === true;
}

/** Asks on stderr, since stdout may be read by a program; no answer is a no. */
export async function confirm(io: Io, question: string): Promise<boolean> {
  io.stderr.write(`${question} [y/N] `);
  const lines = createInterface({ input: io.stdin() });
  try {
    for await (const answer of lines) return /^y(es)?$/i.test(answer.trim());
    return false;
  } finally {
    lines.close();
  }
}
