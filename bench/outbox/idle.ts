import { sleep } from '#kernel';
import { waitFor } from '#testing';
import type { Bench } from '../bench.ts';
import { limited, notRun, type Figure } from '../figure.ts';
import { EVENTS, eventsFrom, withOutbox } from './events.ts';
import { BackendTime } from './processor-time.ts';
import { RELAY_APPLICATION, RelayChild } from './relay-child.ts';

const SECONDS = 60;
const SETTLE_MS = 10_000;
const LOOK_MS = 500;
const EVENTS_BEFORE = 1_000;
const LIMIT = 0.01;

/** What a relay that has nothing to move uses of one processor, its server processes included. */
export async function idle(bench: Bench): Promise<Figure[]> {
  const seconds = bench.scaled(SECONDS);
  const what = `processor time of an idle relay and its backends over ${seconds} s`;
  return RelayChild.with(async (relay) => {
    await relay.start(bench.connectionString);
    // It has worked before: what is measured is a relay at rest, not one that starts.
    await moveSome(bench, relay);
    await sleep(SETTLE_MS);
    const used = await secondsUsed(bench, relay, seconds);
    await relay.stop();
    if (used === undefined)
      return [notRun('idle', what, 'needs /proc of Linux', 'at most 1')];
    const value = used / seconds;
    return [
      limited({ name: 'idle', what, value, atMost: LIMIT, show: percent }),
    ];
  });
}

async function moveSome(bench: Bench, relay: RelayChild): Promise<void> {
  await withOutbox(bench.connectionString, (outbox, db) =>
    db.transaction((tx) =>
      outbox.publish(tx, EVENTS, eventsFrom(0, EVENTS_BEFORE)),
    ),
  );
  await waitFor(
    'the relay to move',
    async () => (await relay.progress()).moved === EVENTS_BEFORE,
  );
}

async function secondsUsed(
  bench: Bench,
  relay: RelayChild,
  seconds: number,
): Promise<number | undefined> {
  const backends = new BackendTime(await bench.client(), RELAY_APPLICATION);
  const before = (await relay.progress()).cpuSeconds;
  await backends.look();
  const until = performance.now() + seconds * 1_000;
  while (performance.now() < until) {
    await sleep(LOOK_MS);
    await backends.look();
  }
  const after = (await relay.progress()).cpuSeconds;
  return backends.isKnown ? after - before + backends.seconds : undefined;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} % of a core`;
}
