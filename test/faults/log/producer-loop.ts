import { sleep } from '#kernel';
import type { RecordingProducer } from './recording-producer.js';

/** What a producer sends until it is stopped. */
export interface ProducerLoopOptions {
  /** What its values begin with. */
  readonly name: string;
  readonly partitions: number;
  /** Sends under way to one partition. */
  readonly inFlight: number;
  /** The longest wait behind an answer, in milliseconds. */
  readonly pauseMs: number;
  readonly random: () => number;
}

const MOST_VALUES = 4;
const BACK_OFF_MS = 20;

/** Sends batches of one to four values to each partition, the next one when one is answered, until it is stopped. */
export class ProducerLoop {
  readonly #producer: RecordingProducer;
  readonly #options: ProducerLoopOptions;
  #sent = 0;
  #stopped = false;

  constructor(producer: RecordingProducer, options: ProducerLoopOptions) {
    this.#producer = producer;
    this.#options = options;
  }

  /** Resolves after `stop`, when all that was under way is answered. */
  async run(): Promise<void> {
    const { partitions, inFlight } = this.#options;
    const lanes = Array.from({ length: partitions * inFlight }, (_, n) =>
      this.#sendTo(n % partitions),
    );
    await Promise.all(lanes);
  }

  stop(): void {
    this.#stopped = true;
  }

  async #sendTo(partition: number): Promise<void> {
    const { random, pauseMs } = this.#options;
    while (!this.#stopped) {
      const outcome = await this.#producer.send(partition, this.#values());
      const pause = outcome === 'ok' ? pauseMs * random() : BACK_OFF_MS;
      await sleep(pause);
    }
  }

  #values(): string[] {
    const { name, random } = this.#options;
    const count = 1 + Math.floor(random() * MOST_VALUES);
    return Array.from({ length: count }, () => `${name}-${(this.#sent += 1)}`);
  }
}
