import { backoffMs, sleep } from '#kernel';
import { KAFKA, requireNone } from './kafka-error.js';

/** What passes by itself soon: the former transaction ends, or a coordinator starts. */
const PASSING: readonly number[] = [
  KAFKA.concurrentTransactions,
  KAFKA.coordinatorLoadInProgress,
  KAFKA.coordinatorNotAvailable,
  KAFKA.notCoordinator,
  KAFKA.unstableOffsetCommit,
];
const RETRY = { initialMs: 2, maxMs: 100 };

/**
 * Asks again for as long as the answer is one that passes by itself, until `signal` aborts.
 *
 * @param doing what the broker is asked, as it stands behind "Kafka did not"
 * @throws PostamtError where the answer is an error
 */
export async function askPatiently<
  Answer extends { readonly errorCode: number },
>(
  doing: string,
  signal: AbortSignal,
  ask: () => Promise<Answer>,
): Promise<Answer> {
  for (let tries = 1; ; tries += 1) {
    const answer = await ask();
    if (!PASSING.includes(answer.errorCode) || signal.aborted) {
      requireNone(answer.errorCode, doing);
      return answer;
    }
    await sleep(backoffMs(RETRY, tries), signal);
  }
}
