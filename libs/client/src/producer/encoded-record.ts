import type { RecordInput } from '#records';

/** A record as it goes into a batch, and where. */
export interface EncodedRecord extends RecordInput {
  readonly partition: number;
  /** The most bytes that it takes in a batch. */
  readonly bytes: number;
}
