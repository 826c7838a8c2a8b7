/** What was so when a relay was killed. */
export interface Kill {
  readonly relay: string;
  /** How many committed events stood in no topic yet. */
  readonly pending: number;
}
