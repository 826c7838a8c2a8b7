import { BadRow } from './bad-row.js';
import { REQUIRED, type Fields } from './columns.js';
import { STATUSES, type IncidentRow, type Status } from './incident-row.js';
import { parseTime } from './parse-time.js';

const LONGEST_FIELD = 1_000;

/**
 * Turns the fields of one line into a row.
 *
 * @throws BadRow with the reason
 */
export function parseRow(fields: Fields): IncidentRow {
  checkText(fields);
  return {
    incidentId: fields.incident_id,
    seq: seqOf(fields.seq),
    at: timeOf(fields.occurred_at),
    status: statusOf(fields.status),
    subStatus: fields.sub_status,
    impact: fields.impact || null,
    product: fields.product || null,
    resource: fields.resource || null,
    resourceCountry: fields.resource_country || null,
    supportGroup: fields.support_group || null,
    role: fields.role || null,
    organization: fields.organization || null,
    organizationCountry: fields.organization_country || null,
  };
}

function checkText(fields: Fields): void {
  for (const column of REQUIRED)
    if (fields[column] === '') throw new BadRow(`${column} is empty`);
  for (const [column, text] of Object.entries(fields)) {
    if (text.length > LONGEST_FIELD)
      throw new BadRow(
        `${column} has ${text.length} characters, more than ${LONGEST_FIELD}`,
      );
    // Postgres' text cannot hold it.
    if (text.includes('\0')) throw new BadRow(`${column} holds a NUL`);
  }
}

function seqOf(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new BadRow(
    `seq is ${JSON.stringify(text)}, which is no whole number from 0 to 999999999`,
  );
}

function timeOf(text: string): number {
  const at = parseTime(text);
  if (at !== undefined) return at;
  throw new BadRow(
    `occurred_at is ${JSON.stringify(text)}, which is no time as 2012-05-11T23:26:15.000Z`,
  );
}

function statusOf(text: string): Status {
  const status = STATUSES.find((known) => known === text);
  if (status) return status;
  throw new BadRow(
    `status ${JSON.stringify(text)} is unknown: there are ${STATUSES.join(', ')}`,
  );
}
