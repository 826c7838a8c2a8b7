import type { EmbeddedPostgres } from '#postgres';
import type { ClusterReader } from './cluster-reader.ts';
import type { KafkaBroker } from './kafka-broker.ts';

/** What a check works with. */
export interface KafkaStage {
  readonly server: EmbeddedPostgres;
  readonly brokers: readonly string[];
  readonly reader: ClusterReader;
  /** The node, where it is ours to stop. */
  readonly broker: KafkaBroker | undefined;
  /** A name for a topic or a transactional id that nothing else bears. */
  name(what: string): string;
  /** For how long each load of a check goes on, in milliseconds. */
  readonly loadMs: number;
  /** How many kills a check makes. */
  readonly kills: number;
}

/** Something that has to hold. */
export interface KafkaCheck {
  readonly name: string;
  /** Says what it found; throws where it does not hold. */
  run(stage: KafkaStage): Promise<string>;
}
