/**
 * When an append counts as done: 0 = once it is handed over, 1 = once it is flushed here, `all` = once every in-sync
 * replica has flushed it, and at least `min.insync.replicas` of them (Kafka docs, Producer Configs: acks).
 */
export const ACKS = [0, 1, 'all'] as const;

/** One of {@link ACKS}. */
export type Acks = (typeof ACKS)[number];
