import { BadRow } from './bad-row.js';
import type { IncidentRow } from './incident-row.js';

/** How far an incident is. */
interface Place {
  /** The seq that comes next. */
  readonly next: number;
  /** The time of the last row. */
  readonly at: number;
  /** How many rows of the incident may be missing because they were rejected. */
  readonly missing: number;
}

const FIRST: Place = { next: 0, at: Number.NEGATIVE_INFINITY, missing: 0 };

/**
 * Holds the rows of each incident to their order: `seq` goes up by one, and the time never goes back. A row that was
 * rejected leaves a gap, which its successors are not blamed for; a gap that no rejection explains is blamed on the row
 * behind it, once.
 */
export class IncidentOrder {
  readonly #places = new Map<string, Place>();

  /**
   * Lets a row pass.
   *
   * @throws BadRow when it is out of order
   */
  take(row: IncidentRow): void {
    const place = this.#places.get(row.incidentId) ?? FIRST;
    const gap = row.seq - place.next;
    if (gap < 0 || gap > place.missing) {
      this.#leave(row.incidentId, place, Math.max(gap + 1, 1));
      throw new BadRow(
        `seq of ${row.incidentId} is ${row.seq} where ${place.next} was to come: out of order`,
      );
    }
    if (row.at < place.at) {
      this.#leave(row.incidentId, place, place.missing + 1);
      const [at, before] = [row.at, place.at].map(timeText);
      throw new BadRow(
        `occurred_at is ${at}, before that of the row before it in ${row.incidentId}, ${before}`,
      );
    }
    const missing = place.missing - gap;
    const next = row.seq + 1;
    this.#places.set(row.incidentId, { next, at: row.at, missing });
  }

  /** Notes that a row of an incident was rejected for another reason. */
  rejected(incidentId: string): void {
    const place = this.#places.get(incidentId) ?? FIRST;
    this.#leave(incidentId, place, place.missing + 1);
  }

  #leave(incidentId: string, place: Place, missing: number): void {
    this.#places.set(incidentId, {
      ...place,
      missing: Math.max(place.missing, missing),
    });
  }
}

function timeText(at: number | undefined): string {
  return new Date(at ?? 0).toISOString();
}
