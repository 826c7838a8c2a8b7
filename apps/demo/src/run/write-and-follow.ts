import { countClosings } from '../report/count-closings.js';
import { follow } from './follow.js';
import { InputWriting } from './input-writing.js';
import { KillGate } from './kill-gate.js';
import { killRelay } from './kill-relay.js';
import { showProgress } from './show-progress.js';
import type { Stage } from './stage.js';

/** How many business transactions run at once. */
export const WRITERS = 8;

/** Writes all rows, a relay being killed meanwhile where that is asked for, and waits until listeners have had them all. */
export async function writeAndFollow(stage: Stage): Promise<InputWriting> {
  const ended = new AbortController();
  const failed = new AbortController();
  const signal = AbortSignal.any([stage.signal, failed.signal]);
  const gate = new KillGate(WRITERS);
  const writing = new InputWriting({
    ...stage,
    writers: WRITERS,
    gate,
    signal,
  });
  const until = AbortSignal.any([signal, ended.signal]);
  const meanwhile = [
    killRelay(stage, gate, until),
    showProgress(stage, writing, until),
  ].map((task) => task.catch((error: unknown) => failed.abort(error)));
  try {
    await writing.run();
    await awaitListeners({ ...stage, signal }, writing);
  } finally {
    ended.abort();
    await Promise.all(meanwhile);
  }
  signal.throwIfAborted();
  return writing;
}

async function awaitListeners(
  { db, board, signal }: Stage,
  { fold }: InputWriting,
): Promise<void> {
  const look = async () => {
    const changes = await board.changes();
    const closings = await countClosings(db);
    const isDone = changes >= fold.rows && closings >= fold.closings;
    return { done: changes + closings, isDone };
  };
  const what = `the board, which was to have ${fold.rows} changes, with ${fold.closings} closings,`;
  await follow({ what, look, signal });
}
