import type { Producer } from '#client';
import { isPostamtError, PostamtError } from '#kernel';
import type { TopicDefinition } from '#schemas';
import type { NumberedLine } from './numbered-lines.js';
import { ProduceSummary } from './produce-summary.js';
import { type MeasuredRecord, readLine } from './read-line.js';

const MOST_RECORDS = 500;
/** The header of a record batch. */
const BATCH_BYTES = 61;

/**
 * Produces the records of lines, some hundred a send: as many as 500, and as fit into one batch of the topic, whichever
 * partitions they go to. What is in a line, a send refuses or the server says is thrown with the lines that it is about
 * and those that are written. Of several lines of one send some may be written where the server fails it: it goes out
 * in several batches.
 */
export class LineProducer {
  readonly summary: ProduceSummary;
  readonly #producer: Producer;
  readonly #topic: TopicDefinition<Buffer>;
  readonly #mostBytes: number;
  #chunk: MeasuredRecord[] = [];
  #bytes = BATCH_BYTES;
  #writtenTo = 0;

  constructor(producer: Producer, topic: TopicDefinition<Buffer>) {
    this.#producer = producer;
    this.#topic = topic;
    this.#mostBytes = Number(topic.config['max.message.bytes']);
    this.summary = new ProduceSummary(topic.name);
  }

  /** Takes one line; writes what came before it where there is no room for more. */
  async take(line: NumberedLine): Promise<void> {
    const record = this.#read(line);
    if (!record) return;
    const full = this.#chunk.length === MOST_RECORDS;
    if (full || this.#bytes + record.bytes > this.#mostBytes)
      await this.flush();
    this.#chunk.push(record);
    this.#bytes += record.bytes;
  }

  /** Writes what was taken and is not written yet. */
  async flush(): Promise<void> {
    const chunk = this.#chunk;
    const [first, last] = [chunk[0]?.line ?? 0, chunk.at(-1)?.line ?? 0];
    if (chunk.length === 0) return;
    this.#chunk = [];
    this.#bytes = BATCH_BYTES;
    const records = chunk.map(({ record }) => record);
    try {
      this.summary.add(await this.#producer.send(this.#topic, records));
    } catch (error) {
      const place =
        first === last ? `line ${first}` : `lines ${first} to ${last}`;
      const unknown = isPostamtError(error, 'OUTCOME_UNKNOWN');
      throw this.#about(place, error, unknown || first !== last);
    }
    this.#writtenTo = last;
  }

  #read(line: NumberedLine): MeasuredRecord | undefined {
    try {
      return readLine(this.#topic, line);
    } catch (error) {
      throw this.#about(`line ${line.number}`, error, false);
    }
  }

  /** `open` = what the error is about may be written, in part or as a whole. */
  #about(place: string, error: unknown, open: boolean): unknown {
    if (!isPostamtError(error)) return error;
    const { code, message, cause } = error;
    const words = message.replace(/\.$/, '');
    const written = this.#written(open);
    return new PostamtError(code, `${place}: ${words}; ${written}`, { cause });
  }

  #written(open: boolean): string {
    const rest = open ? '' : ', nothing behind them';
    if (this.#writtenTo > 0)
      return `lines 1 to ${this.#writtenTo} are written${rest}`;
    return open ? 'nothing before them was written' : 'nothing was written';
  }
}
