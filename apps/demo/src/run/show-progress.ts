import { setTimeout as delay } from 'node:timers/promises';
import { countMoved } from '../report/count-moved.js';
import { sum } from '../report/sum.js';
import type { InputWriting } from './input-writing.js';
import type { Stage } from './stage.js';

const EVERY_MS = 1_000;

/** Shows how far writing, moving and the board are, until `signal` aborts. */
export async function showProgress(
  stage: Stage,
  writing: InputWriting,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await showOnce(stage, writing);
    await delay(EVERY_MS, undefined, { signal }).catch(() => {});
  }
  await showOnce(stage, writing);
}

async function showOnce(
  { db, board, input, progress }: Stage,
  writing: InputWriting,
): Promise<void> {
  const moved = sum(Object.values(await countMoved(db)));
  const shown = await board.changes();
  const total = input.expectedRows;
  progress.show('written', writing.committed, total);
  progress.show('moved', moved, total);
  progress.show('board', shown, total);
}
