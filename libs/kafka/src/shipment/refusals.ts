import type { PostamtError } from '#kernel';
import type { Refusal, SinkEvent } from '#outbox';

/** The events of a shipment that Kafka does not take, and with them the later ones of their keys. */
export class Refusals {
  readonly #places: ReadonlyMap<bigint, number>;
  readonly #refused = new Map<bigint, Refusal>();
  readonly #keys = new Map<string, { from: number; error: PostamtError }>();

  /** @param events the shipment, in its order */
  constructor(events: readonly SinkEvent[]) {
    this.#places = new Map(events.map(({ id }, place) => [id, place]));
  }

  get size(): number {
    return this.#refused.size;
  }

  get list(): Refusal[] {
    return [...this.#refused.values()];
  }

  refuse(event: SinkEvent, error: PostamtError): void {
    this.#refused.set(event.id, { id: event.id, error });
    const key = keyOf(event);
    if (key === undefined) return;
    const from = this.#placeOf(event);
    const earlier = this.#keys.get(key);
    if (!earlier || from < earlier.from) this.#keys.set(key, { from, error });
  }

  /** Whether the event was refused, or is now, since an earlier one of its key was. */
  takes(event: SinkEvent): boolean {
    if (this.#refused.has(event.id)) return true;
    const key = keyOf(event);
    const refused = key === undefined ? undefined : this.#keys.get(key);
    if (!refused || this.#placeOf(event) < refused.from) return false;
    this.#refused.set(event.id, { id: event.id, error: refused.error });
    return true;
  }

  #placeOf({ id }: SinkEvent): number {
    return this.#places.get(id) ?? -1;
  }
}

/** A key is a key of its topic; an event without one waits for nobody. */
function keyOf({ topicNumber, key }: SinkEvent): string | undefined {
  return key ? `${topicNumber}:${key.toString('latin1')}` : undefined;
}
