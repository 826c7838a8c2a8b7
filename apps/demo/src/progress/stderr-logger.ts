import type { Logger } from 'postamt/engine';

/** Warnings and errors of the engine, on stderr. */
export function stderrLogger(
  name: string,
  write: (line: string) => void = (line) =>
    void process.stderr.write(`${line}\n`),
): Logger {
  const say = (level: string) => (fields: object, message: string) => {
    const { err } = fields as { err?: unknown };
    const reason = err instanceof Error ? `: ${err.message}` : '';
    write(`${name}: ${level}: ${message}${reason}`);
  };
  return {
    debug: () => {},
    info: () => {},
    warn: say('warning'),
    error: say('error'),
  };
}
