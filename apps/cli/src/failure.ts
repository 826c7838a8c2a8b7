import { errorCodeOf } from '#postgres';

/** What is said of an error: one line for people, one JSON object with `--json`. A stack helps neither. */
export function formatFailure(error: unknown, json = false): string {
  const code = errorCodeOf(error);
  const words = error instanceof Error ? error.message : String(error);
  // The system's errors bear their code in their message too.
  const message = words.replace(new RegExp(`^${code}: `), '');
  return json
    ? JSON.stringify({ code, message })
    : `postamt: ${code}: ${message}`;
}
