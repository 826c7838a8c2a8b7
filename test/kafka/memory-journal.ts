import type { DeliveryJournal, LastDelivery } from '#outbox';

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
