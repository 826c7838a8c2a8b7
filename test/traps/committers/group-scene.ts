import { createTopic } from '#log';
import type { Tx } from '#postgres';
import type { Stage } from '../stage.js';
import { checkEffects, type EffectViolation } from './check-effects.js';

export const GROUP = 'appliers';
export const TOPIC = 'records';

/** A topic with one partition of so many records for a group, and a table of effects that refuses nothing. */
export class GroupScene {
  readonly stage: Stage;
  /** The offset behind the last record that is there. */
  end = 3n;

  private constructor(stage: Stage) {
    this.stage = stage;
  }

  static async open(stage: Stage): Promise<GroupScene> {
    await createTopic(stage.db, { name: TOPIC });
    await stage.db.query('create table effects (record bigint not null)');
    return new GroupScene(stage);
  }

  /** Applies the records from `from` up to the end. */
  async apply(tx: Tx, from: bigint | null): Promise<void> {
    await tx.query(
      'insert into effects (record) select generate_series($1::bigint, $2::bigint - 1)',
      [from ?? 0n, this.end],
    );
  }

  /** What the checker has to say of the effects as they stand now. */
  async violations(): Promise<EffectViolation[]> {
    const { rows } = await this.stage.db.query('select record from effects');
    const applied = rows.map((row) => BigInt(row.record as string));
    return checkEffects(this.end, applied);
  }
}
