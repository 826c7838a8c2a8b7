import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import type { IncidentRow } from './incident-row.js';

/** Reads an incident log, CSV packed by gzip, in the order of its lines. */
export function readIncidents(file: string | URL): IncidentRow[] {
  const text = gunzipSync(readFileSync(file)).toString();
  const lines = parse(text, { columns: true }) as Record<string, string>[];
  return lines.map((line) => ({
    incidentId: line.incident_id as string,
    seq: Number(line.seq),
    at: Date.parse(line.occurred_at as string),
    status: line.status as string,
    subStatus: line.sub_status as string,
    impact: line.impact || null,
    product: line.product || null,
  }));
}
