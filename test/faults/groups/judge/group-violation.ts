/** The rules that a run of groups is held against; each is one that consumer groups promise. */
export const GROUP_RULES = [
  'two owners',
  'zombie',
  'lost',
  'duplicate',
  'unhandled',
  'order',
  'backwards',
  'past the end',
  'outcome',
  'behind',
] as const;

export type GroupRule = (typeof GROUP_RULES)[number];

export interface GroupViolation {
  readonly rule: GroupRule;
  readonly detail: string;
}
