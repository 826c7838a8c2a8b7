import { InvalidArgumentError } from 'commander';

/** ISO 8601 without years and months, which are of no fixed length. */
const ISO =
  /^P(?!$)(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d{1,3})?)S)?)?$/i;
const SHORT = /^(\d+d)?(\d+h)?(\d+m)?(\d+s)?(\d+ms)?$/i;
const LENGTHS = {
  w: 604_800_000,
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1_000,
  ms: 1,
};

/** Reads a span of time, `PT1H30M` or `1h30m`, in milliseconds. */
export function readDuration(text: string): number {
  const milliseconds = fromIso(text) ?? fromShort(text);
  if (milliseconds !== undefined && Number.isSafeInteger(milliseconds))
    return milliseconds;
  throw new InvalidArgumentError(
    'Give a duration such as PT1H30M, P2D, 1h30m, 45s or 500ms.',
  );
}

function fromIso(text: string): number | undefined {
  const found = ISO.exec(text);
  if (!found) return undefined;
  const [, weeks, days, hours, minutes, seconds] = found.map((part) =>
    Number(part ?? 0),
  ) as [number, number, number, number, number, number];
  return (
    weeks * LENGTHS.w +
    days * LENGTHS.d +
    hours * LENGTHS.h +
    minutes * LENGTHS.m +
    Math.round(seconds * LENGTHS.s)
  );
}

function fromShort(text: string): number | undefined {
  if (text === '' || !SHORT.test(text)) return undefined;
  const parts = [...text.toLowerCase().matchAll(/(\d+)(ms|[dhms])/g)];
  return parts.reduce((sum, [, number, unit]) => {
    const length = LENGTHS[unit as keyof typeof LENGTHS];
    return sum + Number(number) * length;
  }, 0);
}
