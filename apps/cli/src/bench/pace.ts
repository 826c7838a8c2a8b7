/** How long the `sent`-th record has to wait, in milliseconds, so that there are `perSecond` of them; 0 = it is due. */
export function waitForTurn(state: {
  readonly sent: number;
  readonly perSecond: number;
  readonly elapsedMs: number;
}): number {
  const { sent, perSecond, elapsedMs } = state;
  return Math.max(0, (sent / perSecond) * 1_000 - elapsedMs);
}
