import type { IncidentRow } from './incident-row.js';
import { seededRandom } from './seeded-random.js';

const STEPS = [
  ['Accepted', 'In Progress'],
  ['Accepted', 'Assigned'],
  ['Accepted', 'Wait - User'],
  ['Queued', 'Awaiting Assignment'],
] as const;
const LAST = ['Completed', 'Closed'] as const;
const START = Date.UTC(2012, 0, 1);

/** Makes an incident log of the shape of the real one (about nine events an incident), in order of time. */
export function generateIncidents(
  incidents: number,
  seed: number,
): IncidentRow[] {
  const random = seededRandom(seed);
  const pick = <T>(from: readonly T[]) =>
    from[Math.floor(random() * from.length)] as T;
  const rows: IncidentRow[] = [];
  for (let n = 0; n < incidents; n += 1) {
    const length = 2 + Math.floor(random() ** 2 * 20);
    let at = START + Math.floor(random() * 90 * 86_400_000);
    for (let seq = 0; seq < length; seq += 1) {
      const [status, subStatus] = seq === length - 1 ? LAST : pick(STEPS);
      const impact = pick(['Low', 'Medium', 'High', null]);
      const product =
        random() < 0.02 ? null : `PROD${Math.floor(random() * 700)}`;
      rows.push({
        incidentId: `1-${100_000 + n}`,
        seq,
        at,
        status,
        subStatus,
        impact,
        product,
      });
      at += Math.floor(random() ** 3 * 86_400_000);
    }
  }
  return rows.sort((a, b) => a.at - b.at || a.seq - b.seq);
}
