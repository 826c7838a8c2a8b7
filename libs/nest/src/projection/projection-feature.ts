import type { RunningProjection } from '#event-sourcing';
import type { Database } from '#postgres';
import type { TopicDefinition } from '#schemas';

/** A projection that an application runs. */
export interface ProjectionFeature {
  /** What `projection` of `postamt/event-sourcing` gives. */
  readonly projection: {
    readonly name: string;
    readonly options: { readonly topic: TopicDefinition };
    start(
      db: Database,
      options: { concurrency?: number },
    ): Promise<RunningProjection>;
  };
  /** How many partitions are worked on at once in this process; 1 by default. */
  readonly concurrency?: number;
}
