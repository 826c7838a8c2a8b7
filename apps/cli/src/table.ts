import CliTable from 'cli-table3';

const EDGES = [
  'top',
  'top-mid',
  'top-left',
  'top-right',
  'bottom',
  'bottom-mid',
  'bottom-left',
  'bottom-right',
  'left',
  'left-mid',
  'mid',
  'mid-mid',
  'right',
  'right-mid',
] as const;

/** Columns without lines between them, which `grep` and `awk` take as well; numbers stand to the right. */
export function formatTable(
  head: readonly string[],
  rows: readonly (readonly (string | number | bigint)[])[],
): string {
  const isNumber = head.map((_, column) =>
    rows.every((row) => typeof row[column] !== 'string'),
  );
  const table = new CliTable({
    head: [...head],
    chars: {
      ...Object.fromEntries(EDGES.map((edge) => [edge, ''])),
      middle: '  ',
    },
    colAligns: isNumber.map((is) => (is ? 'right' : 'left')),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  table.push(...rows.map((row) => row.map(String)));
  return withoutTrailingSpace(table.toString());
}

/** Names and their values, one a line. */
export function formatFields(
  fields: readonly (readonly [string, string | number | bigint])[],
): string {
  const width = Math.max(...fields.map(([name]) => name.length));
  return fields
    .map(([name, value]) => `${name.padEnd(width)}  ${value}`)
    .join('\n');
}

function withoutTrailingSpace(text: string): string {
  return text.replaceAll(/ +$/gm, '');
}
