// The janitor of a standby's folder: a process of its own that removes it once the channel to whoever made it closes, as it
// does on every way out, SIGKILL included, and once the server on it is gone. It runs alone, from source (Node strips the
// types) and from dist, so it imports nothing but `node:` modules.
import { readFileSync, rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

const [, , directory = '', postmasterFile = ''] = process.argv;
/** A server in the way of a stop is killed by its supervisor within that time. */
const PATIENCE_MS = 30_000;
const LOOK_MS = 50;

function serverRuns(): boolean {
  try {
    const [pid] = readFileSync(postmasterFile, 'utf8').split('\n');
    process.kill(Number(pid), 0);
    return true;
  } catch {
    return false;
  }
}

async function removeDirectory(): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (serverRuns() && Date.now() < deadline) await delay(LOOK_MS);
  rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  process.exit(0);
}

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
  process.on(signal, () => void removeDirectory());
process.on('disconnect', () => void removeDirectory());
// The channel may have closed while this file was being loaded, before anybody listened.
if (!process.connected) void removeDirectory();
