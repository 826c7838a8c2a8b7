import CliTable from 'cli-table3';
import type { Report } from './report.js';

type Line = readonly [string, string];

/** A report as a table for people. */
export function formatReport(report: Report): string {
  const table = new CliTable({
    style: { head: [], border: [] },
    colAligns: ['left', 'left'],
  });
  table.push(
    ...[...writing(report), ...log(report), ...board(report)].map((line) => [
      ...line,
    ]),
  );
  return [table.toString(), ...verdict(report)].join('\n');
}

function writing(report: Report): Line[] {
  const resumed = report.resumed > 0 ? `, ${count(report.resumed)} before` : '';
  return [
    ['input', report.input],
    ['rows', count(report.rows)],
    ['rejected', count(report.rejected)],
    [
      'transactions',
      `${count(report.transactions)}${resumed} (${count(report.transactionsPerSecond)} a second)`,
    ],
    ['events moved', moved(report)],
    ...kill(report),
    ['events pending', count(report.pending)],
  ];
}

function moved({ moved, movedByRelay, killedRelay }: Report): string {
  const parts = Object.entries(movedByRelay).map(
    ([relay, events]) =>
      `${relay}${relay === killedRelay ? ' (killed)' : ''} ${count(events)}`,
  );
  return [count(moved), ...parts].join('\n  ');
}

function kill({ pendingAtKill }: Report): Line[] {
  return pendingAtKill === null
    ? []
    : [['pending at the kill', count(pendingAtKill)]];
}

function log(report: Report): Line[] {
  const partitions = report.recordsByPartition.map(
    (records, partition) => `${partition}: ${count(records)}`,
  );
  return [
    ['records', count(report.records)],
    ['  by partition', partitions.join('\n')],
    ['order violations', count(report.orderViolations)],
  ];
}

function board(report: Report): Line[] {
  const states = Object.entries(report.finalStates).map(
    ([state, incidents]) => `${count(incidents).padStart(6)}  ${state}`,
  );
  return [
    ['incidents', count(report.incidents)],
    ['  by final state', states.join('\n')],
    ['closings', count(report.closings)],
    ['board equals the fold', yes(report.boardEqual)],
    [
      'rebuild',
      `version ${report.rebuildVersion} in ${report.rebuildSeconds.toFixed(1)} s (${count(report.rebuildPerSecond)} records a second)`,
    ],
    ['rebuild equals the fold', yes(report.rebuildEqual)],
    ['whole run', `${report.seconds.toFixed(1)} s`],
  ];
}

function verdict({ checks }: Report): string[] {
  const faults = checks.filter(({ holds }) => !holds);
  if (faults.length === 0) return [`All ${checks.length} checks hold.`];
  return faults.map(({ name, detail }) => `DISAGREES: ${name}: ${detail}`);
}

function count(number: number): string {
  return number.toLocaleString('en');
}

function yes(is: boolean): string {
  return is ? 'yes' : 'NO';
}
