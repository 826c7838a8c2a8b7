/** How a batch is looked at before it is appended. */
export interface PlanOptions {
  /** Whether the caller built these bytes by itself, in this process: CRC and records are not checked again. */
  readonly built?: boolean;
  /** Whether its timestamps were judged before: when an event was published, say. */
  readonly anyTime?: boolean;
}
