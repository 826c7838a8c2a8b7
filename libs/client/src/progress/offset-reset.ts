import { PostamtError } from '#kernel';
import type { OffsetAt } from '#log';
import type { Database } from '#postgres';

/** Where a group starts that has committed nothing, or whose offset is out of range (`auto.offset.reset`). */
export const OFFSET_RESETS = ['earliest', 'latest', 'none'] as const;
export type OffsetReset = (typeof OFFSET_RESETS)[number];

/** At the first record that is no older than this (KIP-1106, `by_duration`); at the end where there is none. */
export interface ResetByDuration {
  /** In milliseconds. */
  readonly durationMs: number;
}

/**
 * Where reading begins in a partition that nothing else says it of (`auto.offset.reset`): at its start, behind its end,
 * at the first record of the last so many milliseconds; or `none`, which is an error.
 */
export type AutoOffsetReset = OffsetReset | ResetByDuration;

/** @throws PostamtError INVALID_CONFIG unless it is one of {@link OFFSET_RESETS}, or a duration of 0 or more whole milliseconds */
export function requireReset(reset: AutoOffsetReset): void {
  if (isOffsetReset(reset)) return;
  throw new PostamtError(
    'INVALID_CONFIG',
    `autoOffsetReset is ${JSON.stringify(reset)}: give ${OFFSET_RESETS.join(', ')} or { durationMs: 3_600_000 }`,
  );
}

/**
 * What to look up for a reset; undefined for `none`. A duration counts back from the database's time, as everything
 * that a group decides on does.
 */
export async function resetTarget(
  db: Database,
  reset: AutoOffsetReset,
): Promise<OffsetAt | undefined> {
  if (reset === 'none') return undefined;
  return typeof reset === 'string' ? reset : timeBefore(db, reset);
}

/** When that was, by the database's clock, in milliseconds since 1970. */
export async function timeBefore(
  db: Database,
  { durationMs }: ResetByDuration,
): Promise<number> {
  const { rows } = await db.query(
    'select floor(extract(epoch from clock_timestamp()) * 1000)::float8 as now',
  );
  return Math.max(0, (rows[0]?.now as number) - durationMs);
}

function isOffsetReset(value: unknown): boolean {
  if (typeof value === 'string')
    return (OFFSET_RESETS as readonly string[]).includes(value);
  const { durationMs } = (value ?? {}) as Partial<ResetByDuration>;
  return Number.isSafeInteger(durationMs) && (durationMs as number) >= 0;
}
