import { errorCodeOf } from '#postgres';
import type { LogEvent, SendAcks } from '#testing';
import type { Appender } from './appender.js';
import { outcomeOf } from './outcome-of.js';

/** Who sends, by what, and who is told of it. */
export interface RecordingProducerParts {
  readonly name: string;
  readonly appender: Appender;
  readonly acks: SendAcks;
  readonly note: (event: LogEvent) => void;
}

/** A producer that notes what it is about to send before it does, and what it was told afterwards. */
export class RecordingProducer {
  readonly #parts: RecordingProducerParts;

  constructor(parts: RecordingProducerParts) {
    this.#parts = parts;
  }

  /** Sends one batch; never rejects. */
  async send(
    partition: number,
    values: readonly string[],
  ): Promise<'ok' | 'fail' | 'unknown'> {
    const { name: producer, appender, acks, note } = this.#parts;
    for (const value of values)
      note({
        kind: 'invoke',
        at: Date.now(),
        producer,
        partition,
        value,
        acks,
      });
    try {
      const offsets = await appender.send(partition, values);
      const at = Date.now();
      values.forEach((value, n) => {
        const offset = offsets?.[n] ?? null;
        note({ kind: 'ok', at, value, offset });
      });
      return 'ok';
    } catch (failure) {
      const kind = outcomeOf(failure);
      const error = errorCodeOf(failure);
      for (const value of values) note({ kind, at: Date.now(), value, error });
      return kind;
    }
  }
}
