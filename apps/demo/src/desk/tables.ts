import type { Generated } from 'kysely';

/** The service desk's own tables. */
export interface Tables {
  /** Each incident as the desk has it now: what business transactions change. */
  incident: {
    id: string;
    seq: number;
    status: string;
    sub_status: string;
    impact: string | null;
    product: string | null;
    support_group: string | null;
    changed_at: Date;
    changes: Generated<number>;
  };
  /** Each closing of an incident, as `ClosedNotifier` writes them down. */
  closing: { incident_id: string; seq: number; closed_at: Date };
  /** The projection: each incident as its events tell it. */
  board: {
    incident_id: string;
    status: string;
    sub_status: string;
    changes: Generated<number>;
    last_seq: number;
    /** Milliseconds since 1970. */
    last_at: string;
    /** Milliseconds by status. */
    spent: Generated<Record<string, number>>;
  };
  /** What the demo is at, for a run that goes on: one row. */
  demo_run: {
    input: string;
    /** How many runs began on these data. */
    runs: Generated<number>;
    killed_relay: string | null;
    pending_at_kill: number | null;
  };
}
