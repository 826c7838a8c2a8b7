const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

/** A span of time for people, in the largest unit that it fills: `2 h`; `-` for none. */
export function formatAge(milliseconds: number | null): string {
  if (milliseconds === null) return '-';
  const unit = UNITS.find(([, length]) => milliseconds >= length);
  if (!unit) return `${Math.round(milliseconds)} ms`;
  const [name, length] = unit;
  return `${Math.floor(milliseconds / length)} ${name}`;
}
