/** How a member reads, and when its offsets are committed. */
export const MEMBER_KINDS = [
  /** A listener whose effects are in the transaction of the offset, record by record, or all of a transaction at once. */
  'transactional',
  'transactional batch',
  /** A listener whose offset is committed after the handler. */
  'plain',
  'plain batch',
  /** The same, of which records of different keys run beside each other. */
  'by key',
  /** A consumer that subscribes to a pattern and commits by itself, with the next poll. */
  'auto',
  /** A consumer that commits after each poll, and waits for that. */
  'manual',
] as const;
export type MemberKind = (typeof MEMBER_KINDS)[number];

/** What a process of members is told, as JSON in its first argument. */
export interface MemberOrder {
  /** Of its sessions, and of its members: their client ids. */
  readonly name: string;
  readonly kind: MemberKind;
  readonly group: string;
  readonly connectionString: string;
  /** How many members it is; each is one by itself, as if it were alone. */
  readonly members: number;
  /** The name of a static member. */
  readonly instanceId?: string;
  readonly seed: number;
  /** Where the history goes. */
  readonly file: string;
}

/** A process that is stopped is noticed within two seconds, and a handler that hangs within three. */
export const PACE = {
  sessionTimeoutMs: 1_500,
  heartbeatIntervalMs: 200,
  maxPollIntervalMs: 2_500,
};
/** How long a handler hangs that does. */
export const HANGS_MS = 3_500;
