import { isPostamtError, sleep } from '#kernel';
import type {
  Delivered,
  DeliveryJournal,
  LastDelivery,
  Sink,
  SinkEvent,
} from '#outbox';

const TRIES = 20;
const PAUSE_MS = 100;

/** A journal for a sink that is tried without a relay. */
export class MemoryJournal implements DeliveryJournal {
  readonly deliveries: LastDelivery[] = [];

  async last(): Promise<LastDelivery | undefined> {
    return this.deliveries.at(-1);
  }

  async begin(ids: readonly bigint[]): Promise<bigint> {
    const number = BigInt(this.deliveries.length + 1);
    this.deliveries.push({ number, ids, done: false });
    return number;
  }

  /** What the relay does when its move commits. */
  mark(): void {
    const last = this.deliveries.pop();
    if (last) this.deliveries.push({ ...last, done: true });
  }
}

/** Ships as a relay does: what fails and may pass is tried again, such as a topic whose leader is about to begin. */
export async function shipPatiently(
  sink: Sink,
  events: readonly SinkEvent[],
): Promise<Delivered> {
  const journal = new MemoryJournal();
  for (let tries = 1; ; tries += 1) {
    try {
      return await sink.ship(events, journal);
    } catch (error) {
      const passes = isPostamtError(error) && error.retriable;
      if (!passes || tries === TRIES) throw error;
      await sleep(PAUSE_MS);
    }
  }
}
