import { Interrupted } from './interrupted.js';

/** `npm run` hands on a Ctrl-C that the terminal has sent already: what comes this soon is the same one. */
const ECHO_MS = 1_000;

/** Aborts at the first SIGINT or SIGTERM. The second ends the process at once; what it started ends with it. */
export function interruption(): AbortSignal {
  const stopping = new AbortController();
  let since = 0;
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      const interrupted = new Interrupted(signal);
      if (!stopping.signal.aborted) {
        since = performance.now();
        process.stderr.write('demo: stopping; once more to stop at once\n');
        stopping.abort(interrupted);
      } else if (performance.now() - since > ECHO_MS)
        process.exit(interrupted.exitCode);
    });
  return stopping.signal;
}
