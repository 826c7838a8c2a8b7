/** How a supervised program ended. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: string | null;
}

const KEPT_LINES = 20;

/** A program that runs under supervision, as the product sees it. */
export class SupervisedProcess {
  /** Resolves when the program and all who shared its stderr are gone. Never rejects. */
  readonly ended: Promise<ProcessEnd>;
  readonly pid: number;
  readonly #end = Promise.withResolvers<ProcessEnd>();
  readonly #lines: string[] = [];
  #running = true;

  constructor(pid: number) {
    this.pid = pid;
    this.ended = this.#end.promise;
  }

  get running(): boolean {
    return this.#running;
  }

  /** What it said last on stderr, oldest line first. */
  get lastLines(): readonly string[] {
    return this.#lines;
  }

  addLine(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > KEPT_LINES) this.#lines.shift();
  }

  markEnded(end: ProcessEnd): void {
    this.#running = false;
    this.#end.resolve(end);
  }
}
