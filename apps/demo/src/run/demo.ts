import type { IncidentInput } from '../input/incident-input.js';
import type { Rejection } from '../input/rejection.js';
import type { Progress } from '../progress/progress.js';
import type { Kill } from '../relays/kill.js';
import { makeReport } from '../report/make-report.js';
import { readBack } from '../report/read-back.js';
import type { Report } from '../report/report.js';
import { Closers } from './closers.js';
import type { DemoOptions } from './demo-options.js';
import type { InputWriting } from './input-writing.js';
import { openInput } from './open-input.js';
import { prepareDatabase, type PreparedDatabase } from './prepare-database.js';
import { rebuildBoard, type RebuiltBoard } from './rebuild-board.js';
import { setUp } from './set-up.js';
import type { Stage } from './stage.js';
import { writeAndFollow } from './write-and-follow.js';

/** One run of the demo, from the input to the report. */
export class Demo {
  readonly #options: DemoOptions;
  readonly #progress: Progress;
  readonly #signal: AbortSignal;
  readonly #closers = new Closers();
  readonly #began = performance.now();
  #kept: string | undefined;
  #rejected = 0;

  constructor(options: DemoOptions, progress: Progress, signal: AbortSignal) {
    this.#options = options;
    this.#progress = progress;
    this.#signal = signal;
  }

  /** How a later run finds what this one leaves; undefined when it leaves nothing. */
  get kept(): string | undefined {
    return this.#kept;
  }

  /**
   * Runs; nothing is left running behind it, whether it comes to its end or not.
   *
   * @throws BadInput, DemoFailure, the reason of the signal, and what Postgres or the engine fail with
   */
  async run(): Promise<Report> {
    try {
      const input = await openInput(this.#options, (each) =>
        this.#reject(each),
      );
      const prepared = await prepareDatabase(this.#options, this.#closers);
      this.#kept = prepared.kept;
      this.#signal.throwIfAborted();
      return await this.#play(input, prepared);
    } finally {
      await this.#closers.close();
    }
  }

  async #play(
    input: IncidentInput,
    { connectionString }: PreparedDatabase,
  ): Promise<Report> {
    const running = new Closers();
    this.#closers.add(() => running.close());
    const stage = await setUp(this.#options, {
      input,
      connectionString,
      progress: this.#progress,
      signal: this.#signal,
      closers: this.#closers,
      running,
    });
    const writing = await writeAndFollow(stage);
    const rebuilt = await rebuildBoard(stage, writing.fold.rows);
    const kill = await stage.record.kill();
    await running.close();
    this.#signal.throwIfAborted();
    return this.#report(stage, { writing, rebuilt, kill });
  }

  async #report(
    { db, input }: Stage,
    { writing, rebuilt, kill }: Played,
  ): Promise<Report> {
    const { fold, changes, resumed, seconds: writeSeconds } = writing;
    const versions = [rebuilt.before, rebuilt.version] as const;
    return makeReport({
      input: input.name,
      rows: fold.rows + this.#rejected,
      rejected: this.#rejected,
      resumed,
      fold: { rows: fold.rows, closings: fold.closings, states: fold.states() },
      readBack: await readBack(db, { versions, committed: changes }),
      kill: { wanted: this.#options.killRelay, done: kill },
      rebuild: rebuilt,
      writeSeconds,
      seconds: (performance.now() - this.#began) / 1000,
    });
  }

  #reject({ line, reason }: Rejection): void {
    this.#rejected += 1;
    this.#progress.say(`rejected line ${line}: ${reason}`);
  }
}

/** What came of the parts of a run. */
interface Played {
  readonly writing: InputWriting;
  readonly rebuilt: RebuiltBoard;
  readonly kill: Kill | undefined;
}
