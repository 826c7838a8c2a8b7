import type { Database } from '#postgres';
import { HighWatermarkMarks } from './high-watermark-marks.js';
import type { LeaderEpoch } from './sql/read-leader-epochs.js';

/** A sealed segment that a partition was read in: its range never changes, its leaf may. */
export interface SealedPlace {
  readonly number: number;
  readonly leaf: string;
  readonly firstOffset: bigint;
  readonly lastOffset: bigint;
}

/** The leader epochs of a partition while `leaderEpoch` was its last. */
interface KnownEpochs {
  readonly leaderEpoch: number;
  readonly epochs: readonly LeaderEpoch[];
}

/** So many partitions are remembered; the one that was longest unused goes first. */
const MOST_PARTITIONS = 10_000;

/**
 * What reading has shown about partitions, so that the next fetch finds its segment without asking: where the active
 * segment begins, in which sealed one was read last, which leader epochs there were. Every answer of the log is checked
 * against the catalogue in its own snapshot; what is remembered here only saves a round trip.
 */
export class FetchMemory {
  readonly #sealed = new Map<number, SealedPlace>();
  readonly #floors = new Map<number, { segment: number; offset: bigint }>();
  readonly #epochs = new Map<number, KnownEpochs>();
  readonly #marks = new Map<number, HighWatermarkMarks>();

  /** What this process remembers of a database: all readers of it share it. */
  static of(db: Database): FetchMemory {
    const known = memories.get(db) ?? new FetchMemory();
    memories.set(db, known);
    return known;
  }

  /** The sealed segment that is known to hold the offset. */
  sealedAt(partitionId: number, offset: bigint): SealedPlace | undefined {
    const place = this.#sealed.get(partitionId);
    if (!place || offset < place.firstOffset || offset > place.lastOffset)
      return undefined;
    return place;
  }

  rememberSealed(partitionId: number, place: SealedPlace): void {
    remember(this.#sealed, partitionId, place);
  }

  forgetSealed(partitionId: number): void {
    this.#sealed.delete(partitionId);
  }

  /** Whether the partition is known to begin behind the offset in that active segment. */
  isBeforeActive(
    partitionId: number,
    segment: number,
    offset: bigint,
  ): boolean {
    const floor = this.#floors.get(partitionId);
    return floor?.segment === segment && offset < floor.offset;
  }

  rememberFloor(partitionId: number, segment: number, offset: bigint): void {
    remember(this.#floors, partitionId, { segment, offset });
  }

  epochs(
    partitionId: number,
    leaderEpoch: number,
  ): readonly LeaderEpoch[] | undefined {
    const known = this.#epochs.get(partitionId);
    return known?.leaderEpoch === leaderEpoch ? known.epochs : undefined;
  }

  rememberEpochs(partitionId: number, known: KnownEpochs): void {
    remember(this.#epochs, partitionId, known);
  }

  marks(partitionId: number): HighWatermarkMarks {
    const marks = this.#marks.get(partitionId) ?? new HighWatermarkMarks();
    remember(this.#marks, partitionId, marks);
    return marks;
  }
}

const memories = new WeakMap<Database, FetchMemory>();

function remember<Value>(
  map: Map<number, Value>,
  partitionId: number,
  value: Value,
): void {
  map.delete(partitionId);
  map.set(partitionId, value);
  if (map.size <= MOST_PARTITIONS) return;
  const [oldest] = map.keys();
  map.delete(oldest as number);
}
