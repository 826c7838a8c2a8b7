import type { Answer, Question } from './child.ts';

/** Does what the parent asks for, until the parent lets go or ends. */
export function serveParent(
  acts: Readonly<Record<string, (given: never) => unknown>>,
): void {
  process.on('message', ({ number, act, given }: Question) => {
    answerOf(acts, act, given).then(
      (result) => send({ number, result }),
      (error: unknown) => send({ number, error: String(error) }),
    );
  });
  process.on('disconnect', () => process.exit());
}

async function answerOf(
  acts: Readonly<Record<string, (given: never) => unknown>>,
  act: string,
  given: unknown,
): Promise<unknown> {
  const run = acts[act];
  if (!run) throw new Error(`nothing is called ${act}`);
  return run(given as never);
}

function send(answer: Answer): void {
  process.send?.(answer);
}
