/** Handling a chunk failed at one of its records. */
export class ChunkFailure extends Error {
  override readonly name = 'ChunkFailure';
  /** The place of the record in the chunk. */
  readonly at: number;

  constructor(at: number, cause: unknown) {
    super(`the handler failed at record ${at} of the chunk`, { cause });
    this.at = at;
  }
}
