const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;
const STEP = 1024;

/** A number of bytes for people, in the largest unit that it fills: `1.5 MiB`; `-` for none. */
export function formatBytes(bytes: number | bigint | null): string {
  if (bytes === null) return '-';
  let size = Number(bytes);
  let unit = 0;
  for (; size >= STEP && unit < UNITS.length - 1; unit += 1) size /= STEP;
  return `${unit === 0 ? size : size.toFixed(1)} ${UNITS[unit]}`;
}
