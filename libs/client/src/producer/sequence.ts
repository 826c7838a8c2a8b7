const GREATEST_SEQUENCE = 2 ** 31 - 1;

/** The sequence `count` records behind `sequence`; after 2^31 - 1 comes 0 (Kafka's DefaultRecordBatch). */
export function sequenceAfter(sequence: number, count: number): number {
  const next = sequence + count;
  return next > GREATEST_SEQUENCE ? next - GREATEST_SEQUENCE - 1 : next;
}
