import { rm } from 'node:fs/promises';
import { sleep } from '#kernel';
import { isProcessAlive } from './process-alive.js';
import type { Patience } from './supervision-protocol.js';

/**
 * Does a dead supervisor's work: stops the process that it left behind, by SIGINT, SIGQUIT and SIGKILL in turn, then
 * removes its temporary directory.
 */
export async function stopOrphan(
  pid: number | undefined,
  temporaryDirectory: string | undefined,
  patience: Patience,
): Promise<void> {
  if (pid !== undefined) {
    await signalAndWait(pid, 'SIGINT', patience.fast);
    await signalAndWait(pid, 'SIGQUIT', patience.immediate);
    await signalAndWait(pid, 'SIGKILL', patience.leftovers);
  }
  if (temporaryDirectory !== undefined)
    await rm(temporaryDirectory, {
      recursive: true,
      force: true,
      maxRetries: 5,
      retryDelay: 100,
    });
}

async function signalAndWait(
  pid: number,
  signal: NodeJS.Signals,
  milliseconds: number,
): Promise<void> {
  if (!(await isProcessAlive(pid))) return;
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return;
    throw error;
  }
  const deadline = Date.now() + milliseconds;
  while (Date.now() < deadline && (await isProcessAlive(pid))) await sleep(10);
}
