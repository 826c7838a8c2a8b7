import { performance } from 'node:perf_hooks';
import type { Producer, RawTopic } from '#client';
import { sleep } from '#kernel';
import { waitForTurn } from './pace.js';
import type { Payloads } from './payloads.js';
import type { Progress } from './progress.js';

/** What is sent, and how. */
export interface ProducerLoad {
  readonly records: number;
  /** How many records go with one call of `send`. */
  readonly perSend: number;
  /** How many may wait for their answer. */
  readonly inFlight: number;
  /** Records a second; as many as can be where it is left out. */
  readonly rate?: number;
}

/** Who stops it wants an end: what is not written by then is let go. */
const STOP_DEADLINE_MS = 5_000;

/** Sends records until all are sent, somebody stops it, or one fails. */
export class ProducerBench {
  readonly #producer: Producer;
  readonly #topic: RawTopic;
  readonly #payloads: Payloads;
  readonly #load: ProducerLoad;
  readonly #progress: Progress;
  readonly #stop: AbortSignal;
  #waiting = 0;
  #room: (() => void) | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(parts: {
    producer: Producer;
    topic: RawTopic;
    payloads: Payloads;
    load: ProducerLoad;
    progress: Progress;
    stop: AbortSignal;
  }) {
    this.#producer = parts.producer;
    this.#topic = parts.topic;
    this.#payloads = parts.payloads;
    this.#load = parts.load;
    this.#progress = parts.progress;
    this.#stop = parts.stop;
  }

  /** Resolves when what was sent is answered, or once somebody stops it; rejects with the first failure before that. */
  async run(): Promise<void> {
    this.#stop.addEventListener('abort', () => this.#wake());
    await this.#sendAll();
    while (this.#waiting > 0 && !this.#isOver) await this.#moreRoom();
    if (this.#stop.aborted) await this.#producer.close(STOP_DEADLINE_MS);
    if (this.#failure) throw this.#failure.error;
  }

  async #sendAll(): Promise<void> {
    const { records, perSend, rate } = this.#load;
    const begun = performance.now();
    for (let sent = 0; sent < records; sent += perSend) {
      if (rate !== undefined) {
        const elapsedMs = performance.now() - begun;
        const wait = waitForTurn({ sent, perSecond: rate, elapsedMs });
        if (wait > 0) await sleep(wait, this.#stop);
      }
      const count = Math.min(perSend, records - sent);
      while (!this.#hasRoom(count) && !this.#isOver) await this.#moreRoom();
      if (this.#isOver) return;
      this.#send(sent, count);
    }
  }

  get #isOver(): boolean {
    return this.#stop.aborted || this.#failure !== undefined;
  }

  /** There is always room for one call. */
  #hasRoom(count: number): boolean {
    const waiting = this.#waiting;
    return waiting === 0 || waiting + count <= this.#load.inFlight;
  }

  async #moreRoom(): Promise<void> {
    await new Promise<void>((resolve) => (this.#room = resolve));
  }

  #send(first: number, count: number): void {
    const records = Array.from({ length: count }, (_, n) =>
      this.#payloads.at(first + n),
    );
    const begun = performance.now();
    this.#waiting += count;
    this.#producer.send(this.#topic, records).then(
      () => this.#answered(count, performance.now() - begun),
      (error: unknown) => this.#failed(error),
    );
  }

  #answered(count: number, latencyMs: number): void {
    this.#waiting -= count;
    this.#progress.add(count, count * this.#payloads.bytes, latencyMs);
    this.#wake();
  }

  /** What is not written once somebody stops it is no failure. */
  #failed(error: unknown): void {
    if (!this.#stop.aborted) this.#failure ??= { error };
    this.#wake();
  }

  #wake(): void {
    this.#room?.();
    this.#room = undefined;
  }
}
