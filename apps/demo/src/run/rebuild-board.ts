import { setTimeout as delay } from 'node:timers/promises';
import type { RebuildResult } from 'postamt/event-sourcing';
import type { Stage } from './stage.js';

const EVERY_MS = 500;

/** The versions of the board before and after, and how it went. */
export interface RebuiltBoard extends RebuildResult {
  readonly before: number;
}

/** Builds the board anew beside the one that was filled, and switches. */
export async function rebuildBoard(
  stage: Stage,
  total: number,
): Promise<RebuiltBoard> {
  const { board, signal } = stage;
  const before = board.version;
  const ended = new AbortController();
  const shown = showRebuild(stage, total, ended.signal);
  try {
    return { before, ...(await board.rebuild(signal)) };
  } finally {
    ended.abort();
    await shown;
  }
}

async function showRebuild(
  { board, progress }: Stage,
  total: number,
  signal: AbortSignal,
): Promise<void> {
  let done = 0;
  while (!signal.aborted) {
    progress.show('rebuild', done, total);
    await delay(EVERY_MS, undefined, { signal }).catch(() => {});
    done = await board.rebuilt().catch(() => done);
  }
  progress.show('rebuild', total, total);
}
