/**
 * What the product and its supervisor (`supervisor.ts`) say to each other over the IPC channel. Types only, so that the
 * supervisor, which runs alone, imports nothing.
 */
export interface SupervisorPlan {
  /** Made by the supervisor when it starts, removed when it ends, whatever made it end. */
  readonly temporaryDirectory?: string;
  /** Who owns the temporary directory, where that is not who starts the supervisor. */
  readonly owner?: { readonly uid: number; readonly gid: number };
  /** Milliseconds that a process gets after each signal of a stop before the next, sterner one is sent. */
  readonly patience: Patience;
}

/** How long, in milliseconds, each signal of a stop is given to work. */
export interface Patience {
  /** After SIGINT, Postgres' fast shutdown. */
  readonly fast: number;
  /** After SIGQUIT, its immediate shutdown. */
  readonly immediate: number;
  /** For what is left behind by a process that is gone (backends of a killed postmaster). */
  readonly leftovers: number;
}

/** A program to run under supervision; one at a time. */
export interface SupervisedCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly uid?: number;
  readonly gid?: number;
}

/** From the product to its supervisor. */
export type SupervisorOrder =
  | { readonly kind: 'run'; readonly command: SupervisedCommand }
  | { readonly kind: 'stop' }
  | { readonly kind: 'end' };

/** From the supervisor to the product. `ended` comes when the process and all who held its stderr are gone. */
export type SupervisorReport =
  | { readonly kind: 'prepared' }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'started'; readonly pid: number }
  | { readonly kind: 'line'; readonly line: string }
  | {
      readonly kind: 'ended';
      readonly code: number | null;
      readonly signal: string | null;
    };
