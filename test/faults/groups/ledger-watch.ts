import { describeTopic } from '#log';
import type { Database } from '#postgres';
import { waitFor } from '#testing';
import type { PlayedGroup } from './group-history.js';

const PATIENCE_MS = 90_000;
/** So many commits of a group, and it goes on. */
const COMMITS = 5;

/** Looks at the ledger while a run goes on. */
export class LedgerWatch {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** The last number that was drawn. */
  async position(): Promise<number> {
    const { rows } = await this.#db.query(
      'select last_value::text as number from public.history_number',
    );
    return Number(rows[0]?.number);
  }

  /** Waits until each group has committed something behind that number, more than once, or until it is over. */
  async commits(
    groups: readonly PlayedGroup[],
    { from, isOver }: { from: number; isOver: () => boolean },
  ): Promise<void> {
    const missing = new Set(groups.map(({ group }) => group));
    await this.#wait(
      () => `${[...missing].join(' and ')} to commit`,
      async () => {
        if (isOver()) return true;
        const { rows } = await this.#db.query(
          `select group_name from public.commit_history where number > $1 group by group_name having count(*) >= ${COMMITS}`,
          [from],
        );
        for (const row of rows) missing.delete(row.group_name as string);
        return missing.size === 0;
      },
    );
  }

  /** Waits until the member of that name, or all of a process of that name, was removed so many times. */
  async removed(name: string, from: number): Promise<void> {
    await this.#wait(
      () => `${name} to be removed from its group`,
      async () => (await this.#entries('removed', name, from)) > 0,
    );
  }

  /** Waits until it has joined behind that number. */
  async joined(name: string, from: number, count = 1): Promise<void> {
    await this.#wait(
      () => `${name} to join`,
      async () => (await this.#entries('joined', name, from)) >= count,
    );
  }

  /** Waits until each partition of the topics of a group has an owner that is to keep it. */
  async settled({ group, topics }: PlayedGroup): Promise<void> {
    await this.#wait(
      () => `the partitions of ${group} to have owners`,
      async () => {
        const { rows } = await this.#db.query(
          `select count(*)::int as open from ${this.#db.schema}.partitions as partition
          join ${this.#db.schema}.topics as topic on topic.number = partition.topic_number and topic.name = any ($2)
          left join ${this.#db.schema}.consumer_groups as consumer_group on consumer_group.name = $1
          left join ${this.#db.schema}.group_partitions as joined
            on joined.partition_id = partition.id and joined.group_id = consumer_group.id
          where joined.owner is null or joined.owner is distinct from joined.target`,
          [group, topics],
        );
        return rows[0]?.open === 0;
      },
    );
  }

  /** Members, by name, that are asked for a partition now. */
  async asked(): Promise<string[]> {
    const { rows } = await this.#db.query(
      `select distinct member.client_id as name from ${this.#db.schema}.group_partitions as moving
      join ${this.#db.schema}.group_members as member on member.id = moving.owner
      where moving.owner is distinct from moving.target`,
    );
    return rows.map(({ name }) => name as string);
  }

  async applicationOf(pid: number): Promise<string | undefined> {
    const { rows } = await this.#db.query(
      'select application_name as name from pg_stat_activity where pid = $1',
      [pid],
    );
    return rows[0]?.name as string | undefined;
  }

  /** Whether all that stands in the topics of these groups is committed by them. */
  async isDrained(groups: readonly PlayedGroup[]): Promise<boolean> {
    for (const { group, topics } of groups)
      for (const topic of topics)
        if (!(await this.#isConsumed(group, topic))) return false;
    return true;
  }

  async #isConsumed(group: string, topic: string): Promise<boolean> {
    const { partitions } = await describeTopic(this.#db, topic);
    const { rows } = await this.#db.query(
      `select partition, max(next)::text as next from public.commit_history
      where group_name = $1 and topic = $2 group by partition`,
      [group, topic],
    );
    const committed = new Map(
      rows.map((row) => [row.partition as number, BigInt(row.next as string)]),
    );
    return partitions.every(
      ({ index, logEndOffset }) => (committed.get(index) ?? 0n) >= logEndOffset,
    );
  }

  async #entries(kind: string, name: string, from: number): Promise<number> {
    const { rows } = await this.#db.query(
      `select count(*)::int as entries from public.member_history
      where kind = $1 and (who = $2 or starts_with(who, $2 || '.')) and number > $3`,
      [kind, name, from],
    );
    return rows[0]?.entries as number;
  }

  /** What has not come after a long time is told with what the groups look like then. */
  async #wait(
    what: () => string,
    condition: () => Promise<boolean>,
  ): Promise<void> {
    try {
      await waitFor('it', condition, {
        timeoutMs: PATIENCE_MS,
        intervalMs: 30,
      });
    } catch (cause) {
      const words = `waited in vain for ${what()}; ${await this.#describe()}`;
      throw new Error(words, { cause });
    }
  }

  async #describe(): Promise<string> {
    const { schema } = this.#db;
    const { rows: members } = await this.#db.query(
      `select consumer_group.name as group, member.client_id as who, member.id, member.away_since, session.beat_at
      from ${schema}.group_members as member join ${schema}.consumer_groups as consumer_group on consumer_group.id = group_id
      left join ${schema}.group_sessions as session on session.id = member.session_id`,
    );
    const { rows: partitions } = await this.#db.query(
      `select group_id, partition_id, owner, target, epoch from ${schema}.group_partitions`,
    );
    return `members ${JSON.stringify(members)}, partitions ${JSON.stringify(partitions)}`;
  }
}
