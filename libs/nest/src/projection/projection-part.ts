import type { RunningProjection } from '#event-sourcing';
import { PostamtError } from '#kernel';
import type { Database } from '#postgres';
import type { TopicDefinition } from '#schemas';
import type { RunningPart } from '../runtime/running-part.js';
import type { ProjectionFeature } from './projection-feature.js';

/** A projection that runs with the application, and follows its rebuilds. */
export class ProjectionPart implements RunningPart {
  readonly statuses = [];
  readonly #db: Database;
  readonly #feature: ProjectionFeature;
  #running: RunningProjection | undefined;

  constructor(db: Database, feature: ProjectionFeature) {
    this.#db = db;
    this.#feature = feature;
  }

  async start(): Promise<void> {
    const { projection, concurrency = 1 } = this.#feature;
    this.#running = await projection.start(this.#db, { concurrency });
  }

  async stop(deadlineMs: number): Promise<void> {
    await this.#running?.stop(deadlineMs);
  }
}

/**
 * Checks that each projection can run.
 *
 * @throws PostamtError INVALID_WIRING with the projection's name; INVALID_CONFIG for its concurrency
 */
export function checkProjections(
  features: readonly ProjectionFeature[],
  topics: ReadonlyMap<string, TopicDefinition>,
): void {
  const names = new Set<string>();
  for (const { projection, concurrency = 1 } of features) {
    const { name, options } = projection;
    if (names.has(name))
      throw new PostamtError(
        'INVALID_WIRING',
        `projection ${name} is given twice: keep it in one feature`,
      );
    names.add(name);
    if (topics.get(options.topic.name) !== options.topic)
      throw new PostamtError(
        'INVALID_WIRING',
        `projection ${name} follows topic ${options.topic.name}, which the application does not have: add it to the topics of PostamtModule.forRoot or forFeature`,
      );
    if (Number.isSafeInteger(concurrency) && concurrency > 0) continue;
    throw new PostamtError(
      'INVALID_CONFIG',
      `projection ${name} has concurrency ${String(concurrency)}: give a whole number of at least 1`,
    );
  }
}
