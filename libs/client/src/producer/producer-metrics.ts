/** What a producer has done so far, and holds now. */
export interface ProducerMetrics {
  /** Records that stand in the log. */
  readonly recordsSent: number;
  /** Bytes of their batches, as stored. */
  readonly bytesSent: number;
  /** Batches that stand in the log. */
  readonly batches: number;
  /** How often a batch was to be sent again. */
  readonly retries: number;
  /** Records that failed. */
  readonly errors: number;
  /** Bytes of records that are encoded and not yet out of the producer's hands. */
  readonly bufferedBytes: number;
  /** Batches whose answer is awaited. */
  readonly inFlight: number;
}

/** Keeps a producer's counters. */
export class MetricsCounter {
  recordsSent = 0;
  bytesSent = 0;
  batches = 0;
  retries = 0;
  errors = 0;
  inFlight = 0;

  /** A batch stands in the log. */
  written(records: number, bytes: number): void {
    this.recordsSent += records;
    this.bytesSent += bytes;
    this.batches += 1;
  }

  snapshot(bufferedBytes: number): ProducerMetrics {
    const { recordsSent, bytesSent, batches, retries, errors, inFlight } = this;
    return {
      recordsSent,
      bytesSent,
      batches,
      retries,
      errors,
      bufferedBytes,
      inFlight,
    };
  }
}
