import { differences } from './differences.js';
import { finalStates } from './final-states.js';
import type { Findings } from './findings.js';
import type { Report } from './report.js';
import { runChecks } from './run-checks.js';
import { sum } from './sum.js';

/** Brings what was found into the form in which it is printed. Figures of the log and the boards are what was read back. */
export function makeReport(findings: Findings): Report {
  const { readBack, rebuild, kill, fold } = findings;
  const checks = runChecks(findings);
  return {
    input: findings.input,
    rows: findings.rows,
    rejected: findings.rejected,
    resumed: findings.resumed,
    transactions: readBack.transactions,
    transactionsPerSecond: rate(
      readBack.transactions - findings.resumed,
      findings.writeSeconds,
    ),
    moved: sum(Object.values(readBack.movedByRelay)),
    movedByRelay: readBack.movedByRelay,
    killedRelay: kill.done?.relay ?? null,
    pendingAtKill: kill.done?.pending ?? null,
    pending: readBack.pending,
    records: sum(readBack.log.records),
    recordsByPartition: readBack.log.records,
    orderViolations: readBack.log.violations.length,
    incidents: readBack.board.length,
    closings: readBack.closings,
    finalStates: finalStates(readBack.board),
    boardEqual: differences(readBack.board, fold.states).length === 0,
    rebuildEqual: differences(readBack.rebuilt, fold.states).length === 0,
    rebuildVersion: rebuild.version,
    rebuildSeconds: rebuild.seconds,
    rebuildPerSecond: rate(rebuild.records, rebuild.seconds),
    seconds: findings.seconds,
    checks,
  };
}

function rate(count: number, seconds: number): number {
  return seconds > 0 ? Math.round(count / seconds) : 0;
}
