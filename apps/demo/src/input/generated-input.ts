import type { IncidentInput } from './incident-input.js';
import type { IncidentRow, Status } from './incident-row.js';
import { seededRandom } from './seeded-random.js';

type Step = readonly [Status, string];

/** What happens on the way and how it ends, about as often as in the real log: repeated = more often. */
const ON_THE_WAY: readonly Step[] = [
  ['Accepted', 'In Progress'],
  ['Accepted', 'In Progress'],
  ['Accepted', 'In Progress'],
  ['Queued', 'Awaiting Assignment'],
  ['Completed', 'Resolved'],
  ['Accepted', 'Wait - User'],
  ['Accepted', 'Assigned'],
];
const ENDS: readonly Step[] = [
  ['Completed', 'Closed'],
  ['Completed', 'Closed'],
  ['Completed', 'Closed'],
  ['Completed', 'In Call'],
];
const IMPACTS = ['Low', 'Medium', 'High', null];
const COUNTRIES = ['Sweden', 'Poland', 'Belgium', 'India', null];
const FIRST_AT = Date.UTC(2012, 0, 1);
const DAY_MS = 86_400_000;

/** Incidents made up by a seed, of the shape of the real log: about nine rows each, in order of time. */
export class GeneratedInput implements IncidentInput {
  readonly name: string;
  readonly #rows: readonly IncidentRow[];

  constructor(incidents: number, seed: number) {
    this.name = `${incidents} generated incidents, seed ${seed}`;
    const random = seededRandom(seed);
    this.#rows = Array.from({ length: incidents }, (_, n) =>
      incidentRows(`1-${100_000 + n}`, random),
    )
      .flat()
      .sort((a, b) => a.at - b.at || a.seq - b.seq);
  }

  get expectedRows(): number {
    return this.#rows.length;
  }

  rows(): Iterable<IncidentRow> {
    return this.#rows;
  }
}

function incidentRows(incidentId: string, random: () => number): IncidentRow[] {
  const pick = <T>(from: readonly T[]): T =>
    from[Math.floor(random() * from.length)] as T;
  const isLeftOpen = random() < 0.002;
  const last = 1 + Math.floor(random() ** 2 * 20);
  let at = FIRST_AT + Math.floor(random() * 90 * DAY_MS);
  return Array.from({ length: last + 1 }, (_, seq) => {
    const [status, subStatus] = pick(
      seq === last && !isLeftOpen ? ENDS : ON_THE_WAY,
    );
    at += seq === 0 ? 0 : Math.floor(random() ** 3 * DAY_MS);
    const line = 1 + Math.floor(random() * 30);
    return {
      incidentId,
      seq,
      at,
      status,
      subStatus,
      impact: pick(IMPACTS),
      product: `PROD${Math.floor(random() * 700)}`,
      resource: `Agent ${Math.floor(random() * 1_400)}`,
      resourceCountry: pick(COUNTRIES),
      supportGroup: `G${line}`,
      role: random() < 0.1 ? null : `A2_${1 + Math.floor(random() * 5)}`,
      organization: `Org line ${line}`,
      organizationCountry: pick(COUNTRIES),
    };
  });
}
