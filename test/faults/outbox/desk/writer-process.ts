import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { ChildProgram } from '../../child-program.js';
import { wholeLines } from '../../json-lines.js';
import type { WriterEvent } from '../outbox-history.js';
import type { WriterOrder } from './writer-main.js';

/** Writers of the desk in a process of their own. */
export class WriterProcess extends ChildProgram {
  readonly #file: string;

  constructor(order: WriterOrder) {
    writeFileSync(order.file, '');
    super(order.name, 'test/faults/outbox/desk/writer-main.ts', order);
    this.#file = order.file;
  }

  /** Whether they have begun; throws when they have ended. */
  get begun(): boolean {
    if (!this.runs) throw this.ended();
    return statSync(this.#file).size > 0;
  }

  /** What they were told so far. */
  events(): WriterEvent[] {
    const lines = wholeLines(readFileSync(this.#file, 'utf8'));
    return lines.map((line) => JSON.parse(line) as WriterEvent);
  }
}
