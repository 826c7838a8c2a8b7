import type { Lane } from './lane.js';
import type {
  ListenerMembership,
  ListenerPartition,
  PartitionsHandler,
} from './listener-options.js';
import type { ListenerLog } from './listener-log.js';

/** Tells the user of partitions that come and go, one call after the other. What a call throws is logged. */
export class PartitionCalls {
  readonly #handlers: ListenerMembership;
  readonly #log: ListenerLog;
  #last: Promise<void> = Promise.resolve();

  constructor(handlers: ListenerMembership, log: ListenerLog) {
    this.#handlers = handlers;
    this.#log = log;
  }

  /** These lanes are the listener's now; those of them that it was told of are left out. */
  async assigned(lanes: readonly Lane[]): Promise<void> {
    const fresh = lanes.filter(({ isAnnounced }) => !isAnnounced);
    for (const lane of fresh) lane.isAnnounced = true;
    await this.#call(this.#handlers.onPartitionsAssigned, fresh);
  }

  /** These lanes are being given up. */
  async revoked(lanes: readonly Lane[]): Promise<void> {
    await this.#call(this.#handlers.onPartitionsRevoked, withdrawn(lanes));
  }

  /** These lanes are somebody else's. */
  async lost(lanes: readonly Lane[]): Promise<void> {
    await this.#call(this.#handlers.onPartitionsLost, withdrawn(lanes));
  }

  async #call(
    handler: PartitionsHandler | undefined,
    lanes: readonly Lane[],
  ): Promise<void> {
    if (!handler || lanes.length === 0) return this.#last;
    const partitions = lanes.map(placeOf);
    this.#last = this.#last.then(async () => {
      try {
        await handler(partitions);
      } catch (error) {
        this.#log.error(error, 'a handler of partitions failed');
      }
    });
    return this.#last;
  }
}

/** Those that the user was told of; he is told once that they go. */
function withdrawn(lanes: readonly Lane[]): Lane[] {
  const known = lanes.filter(({ isAnnounced }) => isAnnounced);
  for (const lane of known) lane.isAnnounced = false;
  return known;
}

function placeOf({ partition: { topic, partition } }: Lane): ListenerPartition {
  return { topic, partition };
}
