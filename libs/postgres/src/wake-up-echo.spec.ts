import { describe, expect, it } from '@jest/globals';
import { WakeUpEcho } from './wake-up-echo.js';

const NEVER_MS = 2 ** 31 - 1;

function echoOf(heartbeatMs = NEVER_MS, heartbeatTimeoutMs = NEVER_MS) {
  const asked = Promise.withResolvers<void>();
  const lost = Promise.withResolvers<void>();
  const echo = new WakeUpEcho({
    heartbeatMs,
    heartbeatTimeoutMs,
    probe: asked.resolve,
    onLost: lost.resolve,
  });
  return { echo, asked: asked.promise, lost: lost.promise };
}

describe('WakeUpEcho', () => {
  it('hears the last probe, and neither an older one nor a key of somebody', () => {
    const { echo } = echoOf();
    const [first, last] = [echo.nextProbe(), echo.nextProbe()];
    for (const key of [first, 'p2', undefined]) {
      echo.receive(key);
      expect(echo.heard).toBe(false);
    }
    echo.receive(last);
    expect(echo.heard).toBe(true);
    echo.forget();
    expect(echo.heard).toBe(false);
  });

  it('asks again after a heartbeat, and is lost when nothing comes', async () => {
    const { echo, asked, lost } = echoOf(1, 1);
    echo.receive(echo.nextProbe());
    await asked;
    await lost;
    expect(echo.heard).toBe(false);
  });

  it('goes on where an echo comes', async () => {
    const { echo, asked } = echoOf(1, NEVER_MS);
    echo.receive(echo.nextProbe());
    await asked;
    echo.receive(echo.nextProbe());
    expect(echo.heard).toBe(true);
    echo.forget();
  });
});
