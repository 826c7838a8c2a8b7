import { sleep } from '#kernel';

const LOOK_MS = 2;
const STUCK_MS = 300_000;

/** Waits until as many events are moved; throws when none has been for five minutes. */
export async function untilMoved(
  count: number,
  look: () => Promise<{
    readonly moved: number;
    readonly error: string | undefined;
  }>,
): Promise<void> {
  let last = { moved: -1, at: performance.now() };
  for (;;) {
    const { moved, error } = await look();
    if (moved >= count) return;
    const now = performance.now();
    if (moved > last.moved) last = { moved, at: now };
    if (now - last.at > STUCK_MS)
      throw new Error(
        `the relay is stuck: ${moved} of ${count} events moved; ${error ?? 'no error'}`,
      );
    await sleep(LOOK_MS);
  }
}
