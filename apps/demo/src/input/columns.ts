/** The columns of the incident log, by the names in its header. */
export const COLUMNS = [
  'incident_id',
  'seq',
  'occurred_at',
  'status',
  'sub_status',
  'impact',
  'product',
  'resource',
  'resource_country',
  'support_group',
  'role',
  'organization',
  'organization_country',
] as const;

export type Column = (typeof COLUMNS)[number];

/** Columns whose fields may not be empty; in the others that means unknown. */
export const REQUIRED: readonly Column[] = [
  'incident_id',
  'seq',
  'occurred_at',
  'status',
  'sub_status',
];

/** The fields of one line by column. */
export type Fields = Readonly<Record<Column, string>>;
