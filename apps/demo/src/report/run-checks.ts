import type { Check } from './check.js';
import { differences } from './differences.js';
import { finalStates } from './final-states.js';
import type { Findings } from './findings.js';
import { sum } from './sum.js';

/** Holds what was read back against what the input folds to. */
export function runChecks(findings: Findings): Check[] {
  const { fold, readBack, rebuild } = findings;
  const records = sum(readBack.log.records);
  return [
    equal('transactions', readBack.transactions, fold.rows),
    equal('events moved', sum(Object.values(readBack.movedByRelay)), fold.rows),
    equal('events pending', readBack.pending, 0),
    equal('records', records, fold.rows),
    none('order', readBack.log.violations),
    equal('closings', readBack.closings, fold.closings),
    equal('incidents', readBack.board.length, fold.states.length),
    equal(
      'final states',
      JSON.stringify(finalStates(readBack.board)),
      JSON.stringify(finalStates(fold.states)),
    ),
    none('board', differences(readBack.board, fold.states)),
    equal('records of the rebuild', rebuild.records, fold.rows),
    none('board built anew', differences(readBack.rebuilt, fold.states)),
    ...(findings.kill.wanted ? [killed(findings)] : []),
  ];
}

function equal<T extends number | string>(
  name: string,
  found: T,
  wanted: T,
): Check {
  const detail = `${found}, and should be ${wanted}`;
  return { name, holds: found === wanted, detail };
}

function none(name: string, faults: readonly string[]): Check {
  const [first = 'nothing'] = faults;
  const more = faults.length > 1 ? ` (and ${faults.length - 1} more)` : '';
  return { name, holds: faults.length === 0, detail: first + more };
}

function killed({ kill, readBack }: Findings): Check {
  const name = 'relay killed inside a move';
  if (!kill.done)
    return { name, holds: false, detail: 'too few rows were left for it' };
  const { relay, pending } = kill.done;
  const moved = readBack.movedByRelay[relay] ?? 0;
  const detail = `relay ${relay} had moved ${moved} events, ${pending} were pending: neither may be 0`;
  return { name, holds: moved > 0 && pending > 0, detail };
}
