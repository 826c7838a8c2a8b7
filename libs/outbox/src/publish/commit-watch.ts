import type { WakeUps } from '#postgres';
import { earlyShardWakeUp, shardWakeUp } from '../shard.js';
import type { CommitSignal, PgClient } from './publish-target.js';

/** Wakes the relay once a caller's transaction with a publish in it has committed, as exactly as that can be seen. */
export class CommitWatch {
  readonly #wakeUps: WakeUps;
  readonly #pending = new WeakMap<PgClient, Set<number>>();

  constructor(wakeUps: WakeUps) {
    this.#wakeUps = wakeUps;
  }

  /**
   * A hook is called at the COMMIT. A `pg` client knows from ReadyForQuery whether it stands in a transaction: when it no
   * longer does, the COMMIT (or a ROLLBACK, which harms nothing) is through. Where nothing can be seen, the relay is told
   * that something may come, and looks every few milliseconds for a second.
   */
  watch(commit: CommitSignal, shards: readonly number[]): void {
    if (commit.kind === 'none')
      this.#wakeUps.mark(shards.map(earlyShardWakeUp));
    else if (commit.kind === 'hook')
      commit.tx.onCommit(() => this.#wakeUps.mark(shards.map(shardWakeUp)));
    else this.#watchClient(commit.client, shards);
  }

  #watchClient(client: PgClient, shards: readonly number[]): void {
    const known = this.#pending.get(client);
    const waiting = known ?? new Set<number>();
    for (const shard of shards) waiting.add(shard);
    if (known) return;
    this.#pending.set(client, waiting);
    const look = () => {
      if (client.getTransactionStatus() !== 'I') return;
      client.off('drain', look);
      this.#pending.delete(client);
      this.#wakeUps.mark([...waiting].map(shardWakeUp));
    };
    client.on('drain', look);
  }
}
