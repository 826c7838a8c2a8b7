import { isPostamtError, type ErrorCode, type PostamtError } from '#kernel';
import type { Database } from '#postgres';
import type { Catalogue } from './catalogue.js';
import { answerOf } from './fetch-answer.js';
import { failed, partitionGone } from './fetch-errors.js';
import { isCurrent, judge, type Verdict } from './fetch-judge.js';
import { FetchMemory } from './fetch-memory.js';
import { placeReadings } from './fetch-place.js';
import { FetchReader } from './fetch-reader.js';
import type { Outcome, Reading } from './fetch-reading.js';
import type {
  FetchedPartition,
  FetchOptions,
  FetchRequest,
} from './fetch-request.js';
import { missingLeaf } from './missing-leaf.js';
import type { FetchedState } from './sql/fetch-batches.js';
import { readLeaderEpochs } from './sql/read-leader-epochs.js';
import { partitionOf, type Topic } from './topic.js';

export interface FetchRunOptions extends FetchOptions {
  /** Only what the partitions are like, without batches; the offsets asked for do not matter. */
  readonly statesOnly?: boolean;
}

/** So many positions go into one statement: from costs that the planner sums up for more it would compile them (JIT). */
const MOST_POSITIONS = 256;
/** How often what this process knows of one topic may turn out to be wrong within one fetch. */
const MOST_SURPRISES = 10;
const DEFAULT_MAX_BYTES = 52_428_800;
/** What may be wrong with one topic while others can be read. */
const OF_THE_TOPIC: readonly ErrorCode[] = [
  'UNKNOWN_TOPIC_OR_PARTITION',
  'UNKNOWN_LEADER_EPOCH',
];

/** One call of `fetch`: reads, and reads again what turns out to stand elsewhere, until each request is answered. */
export class FetchRun {
  readonly #db: Database;
  readonly #catalogue: Catalogue;
  readonly #memory: FetchMemory;
  readonly #reader: FetchReader;
  readonly #options: FetchRunOptions;
  readonly #answers: FetchedPartition[] = [];

  constructor(db: Database, catalogue: Catalogue, options: FetchRunOptions) {
    this.#db = db;
    this.#catalogue = catalogue;
    this.#memory = FetchMemory.of(db);
    this.#options = options;
    const { maxBytes = DEFAULT_MAX_BYTES, statesOnly = false } = options;
    this.#reader = new FetchReader(db, { maxBytes, statesOnly });
  }

  /** The answers, in the order of the requests. */
  async answer(requests: readonly FetchRequest[]): Promise<FetchedPartition[]> {
    let open: Reading[] = [];
    for (const [at, request] of requests.entries()) {
      const topic = await this.#topicOf(at, request);
      if (topic) open.push(newReading(at, request, topic));
    }
    while (open.length > 0) {
      const page = open.slice(0, MOST_POSITIONS);
      await this.#round(page);
      open = open.filter(({ at }) => !this.#answers[at]);
    }
    return this.#answers;
  }

  /** The topic, read again where it is not known to have the partition; undefined where the request is answered. */
  async #topicOf(
    at: number,
    request: FetchRequest,
    reload = false,
  ): Promise<Topic | undefined> {
    const { topic: name, partition } = request;
    try {
      const known = reload ? undefined : await this.#catalogue.topic(name);
      const topic = known?.partitions[partition]
        ? known
        : await this.#catalogue.reload(name);
      partitionOf(topic, partition);
      return topic;
    } catch (error) {
      if (!isPostamtError(error) || !OF_THE_TOPIC.includes(error.code))
        throw error;
      this.#answers[at] = failed(request, error);
      return undefined;
    }
  }

  async #round(page: readonly Reading[]): Promise<void> {
    await placeReadings(this.#db, this.#memory, page);
    const placed = page.filter(({ segment }) => segment);
    const stale = new Set(page.filter(({ segment }) => !segment));
    for (const reading of stale) wrong(reading);
    const outcomes = await this.#reader.read(placed, (reading, error) => {
      wrong(reading, missingLeaf([reading.topic], error));
      stale.add(reading);
    });
    await this.#loadEpochs(outcomes);
    for (const outcome of outcomes)
      if (this.#settle(outcome) === 'reload') stale.add(outcome.reading);
    await this.#renew(stale);
  }

  /** Reads the topics again that have changed under these readings. */
  async #renew(readings: Iterable<Reading>): Promise<void> {
    const reloaded = new Set<string>();
    for (const reading of readings) {
      const { at, request, surprises, complaint } = reading;
      this.#memory.forgetSealed(reading.partitionId);
      reading.segment = undefined;
      if (surprises > MOST_SURPRISES) {
        this.#answers[at] = failed(
          request,
          complaint ?? partitionGone(request),
        );
        continue;
      }
      const topic = await this.#topicOf(
        at,
        request,
        !reloaded.has(request.topic),
      );
      reloaded.add(request.topic);
      if (!topic) continue;
      reading.topic = topic;
      reading.partitionId = partitionOf(topic, request.partition).id;
    }
  }

  /** Reads the leader epochs where a reader's last one is not the current one. */
  async #loadEpochs(outcomes: readonly Outcome[]): Promise<void> {
    const wanted = outcomes.filter(
      ({ reading, state }) =>
        state &&
        (reading.request.lastFetchedEpoch ?? Infinity) < state.leaderEpoch &&
        !this.#memory.epochs(reading.partitionId, state.leaderEpoch),
    );
    if (wanted.length === 0) return;
    const ids = wanted.map(({ reading }) => reading.partitionId);
    const rows = await this.#db.run(readLeaderEpochs, [ids]);
    const byPartition = Map.groupBy(rows, ({ partitionId }) => partitionId);
    for (const { reading, state } of wanted)
      this.#memory.rememberEpochs(reading.partitionId, {
        leaderEpoch: (state as FetchedState).leaderEpoch,
        epochs: byPartition.get(reading.partitionId) ?? [],
      });
  }

  /** Answers the reading, or says where it goes on; its topic is to be read again where it says so. */
  #settle(outcome: Outcome): Verdict['kind'] {
    const { reading, state } = outcome;
    if (!state) return wrong(reading);
    const verdict = this.#judge(outcome, state);
    if (verdict.kind === 'take') this.#take(outcome, state);
    if (verdict.kind === 'refuse')
      this.#answers[reading.at] = failed(reading.request, verdict.error, {
        ...verdict,
        state,
      });
    if (verdict.kind === 'next') {
      reading.behind = reading.segment?.number;
      reading.mayJump ||= state.hasGaps;
      reading.segment = undefined;
    }
    if (verdict.kind === 'locate') this.#locate(reading, state);
    return verdict.kind === 'reload' ? wrong(reading) : verdict.kind;
  }

  #judge(outcome: Outcome, state: FetchedState): Verdict {
    if (this.#options.statesOnly)
      return { kind: isCurrent(state) ? 'take' : 'reload' };
    const { request, partitionId } = outcome.reading;
    const isBehind = (request.lastFetchedEpoch ?? Infinity) < state.leaderEpoch;
    const epochs = isBehind
      ? this.#memory.epochs(partitionId, state.leaderEpoch)
      : undefined;
    return judge(outcome, state, epochs);
  }

  #take({ reading, rows }: Outcome, state: FetchedState): void {
    this.#answers[reading.at] = answerOf(reading, rows, {
      state,
      highWatermark: this.#highWatermark(reading, state),
      onCorrupt: this.#options.onCorrupt,
    });
  }

  #highWatermark({ topic, partitionId }: Reading, state: FetchedState): bigint {
    const { logEndOffset, logStartOffset = 0n } = state;
    const { consumerVisibility, minInsyncReplicas } = topic.config;
    if (consumerVisibility !== 'replicated' || minInsyncReplicas < 2)
      return logEndOffset;
    const seen = this.#memory.marks(partitionId).observe(state) ?? 0n;
    if (seen > logEndOffset) return logEndOffset;
    return seen > logStartOffset ? seen : logStartOffset;
  }

  /** It is not where it was looked for: what is remembered of it is wrong, or it begins behind the offset. */
  #locate(reading: Reading, state: FetchedState): void {
    const { partitionId, topic, segment } = reading;
    this.#memory.forgetSealed(partitionId);
    if (
      segment?.number === topic.segmentNumber &&
      state.firstOffset !== undefined
    )
      this.#memory.rememberFloor(
        partitionId,
        topic.segmentNumber,
        state.firstOffset,
      );
    wrong(reading);
    reading.segment = undefined;
    reading.behind = undefined;
  }
}

/** Something that was believed is not so. When that goes on, `complaint` is what the caller is told. */
function wrong(reading: Reading, complaint?: PostamtError): 'reload' {
  reading.surprises += 1;
  reading.complaint = complaint ?? partitionGone(reading.request);
  return 'reload';
}

function newReading(at: number, request: FetchRequest, topic: Topic): Reading {
  return {
    at,
    request,
    topic,
    partitionId: partitionOf(topic, request.partition).id,
    segment: undefined,
    behind: undefined,
    mayJump: false,
    surprises: 0,
    complaint: undefined,
  };
}
