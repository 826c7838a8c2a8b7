import type { AssignablePartition } from '../assignor.js';
import type { Owners } from './owners.js';
import type { Shares } from './shares.js';

/** What {@link dealPool} needs: the shares that are settled, and where the partitions go, by member. */
export interface PoolDeal {
  readonly shares: Shares;
  readonly pool: number;
  readonly owners: Owners;
  readonly hands: readonly AssignablePartition[][];
}

/**
 * Says which partitions of a pool make up each member's share. Everybody keeps of its own what it may; who must give
 * some up gives of the topic that it has most of; and what is free is dealt, topic by topic, to those that have least
 * of the topic.
 */
export function dealPool(deal: PoolDeal): void {
  const table = new Table(deal);
  for (const member of table.members) table.giveUp(member);
  for (const topic of table.topics.keys()) table.deal(topic);
  table.handOver();
}

class Table {
  readonly members: readonly number[];
  readonly topics: readonly (readonly AssignablePartition[])[];
  readonly #deal: PoolDeal;
  /** What each member has of each topic, by member, then by the topic's index. */
  readonly #held = new Map<number, Map<number, AssignablePartition[]>>();
  /** How many each member still lacks. */
  readonly #lacks = new Map<number, number>();
  /** What nobody has, by topic. */
  readonly #free: readonly AssignablePartition[][];

  constructor(deal: PoolDeal) {
    const pool = deal.shares.pools[deal.pool];
    this.#deal = deal;
    this.members = pool?.members ?? [];
    this.topics = pool?.topics ?? [];
    this.#free = this.topics.map(() => []);
    for (const member of this.members) this.#held.set(member, new Map());
    for (const [topic, partitions] of this.topics.entries()) {
      for (const partition of partitions) this.#lay(topic, partition);
    }
  }

  /** Takes from a member what it has too much. */
  giveUp(member: number): void {
    const held = this.#held.get(member) ?? new Map();
    const count = [...held.values()].reduce((sum, h) => sum + h.length, 0);
    const share = this.#deal.shares.count(this.#deal.pool, member);
    for (let extra = count - share; extra > 0; extra -= 1) {
      const topic = this.#richest(held);
      this.#free[topic]?.push(held.get(topic).pop());
    }
    if (share > count) this.#lacks.set(member, share - count);
  }

  /** Gives what is free of a topic to those that lack something. */
  deal(topic: number): void {
    const free = this.#free[topic] ?? [];
    for (const partition of free.sort((a, b) => a.partition - b.partition)) {
      const member = this.#poorest(topic);
      this.#hold(member, topic, partition);
      const lacks = (this.#lacks.get(member) as number) - 1;
      if (lacks > 0) this.#lacks.set(member, lacks);
      else this.#lacks.delete(member);
    }
  }

  handOver(): void {
    for (const [member, held] of this.#held) {
      for (const partitions of held.values()) {
        this.#deal.hands[member]?.push(...partitions);
      }
    }
  }

  #lay(topic: number, partition: AssignablePartition): void {
    const owner = this.#deal.owners.get(partition.id);
    if (owner === undefined) this.#free[topic]?.push(partition);
    else this.#hold(owner, topic, partition);
  }

  #hold(member: number, topic: number, partition: AssignablePartition): void {
    const held = this.#held.get(member);
    const partitions = held?.get(topic);
    if (partitions) partitions.push(partition);
    else held?.set(topic, [partition]);
  }

  /** The topic that a member has most of; of several, the one that the least is free of. */
  #richest(held: ReadonlyMap<number, readonly unknown[]>): number {
    let best = { topic: -1, held: 0, free: 0 };
    for (const [topic, { length }] of held) {
      const free = this.#free[topic]?.length ?? 0;
      const more = length - best.held || best.free - free;
      if (more > 0) best = { topic, held: length, free };
    }
    return best.topic;
  }

  /** Who has least of a topic among those that lack something; of several, the one that lacks most. */
  #poorest(topic: number): number {
    let best = { member: -1, held: Infinity, lacks: 0 };
    for (const [member, lacks] of this.#lacks) {
      const held = this.#held.get(member)?.get(topic)?.length ?? 0;
      const worse = best.held - held || lacks - best.lacks;
      if (worse > 0) best = { member, held, lacks };
    }
    return best.member;
  }
}
