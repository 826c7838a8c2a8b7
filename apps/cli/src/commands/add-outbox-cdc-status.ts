import type { Command } from 'commander';
import { readCdcStatus, type CdcStatus } from '#outbox';
import { formatLsn } from '#postgres';
import { formatBytes } from '../bytes.js';
import type { GlobalOptions } from '../global-options.js';
import type { Output } from '../output.js';
import { formatFields } from '../table.js';
import { withDatabase } from '../with-database.js';

/** `postamt outbox cdc status <slot>` */
export function addOutboxCdcStatus(cdc: Command, output: Output): void {
  cdc
    .command('status')
    .description(
      'say how much of the WAL a slot holds, whether a relay reads it, and how far it is',
    )
    .argument('<slot>', 'its name')
    .action(async (slot: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      await withDatabase(options, async (db) => {
        const status = await readCdcStatus(db, slot);
        await output.line(
          options.json
            ? JSON.stringify(plain(slot, status))
            : formatFields(fields(slot, status)),
        );
      });
    });
}

/** As JSON: positions as Postgres writes them, bytes as text, as all that may be large. */
function plain(name: string, { slot, position, detours }: CdcStatus) {
  return {
    slot: name,
    exists: slot !== undefined,
    active: slot?.active ?? false,
    walStatus: slot?.walStatus ?? null,
    invalidation: slot?.invalidation ?? null,
    failover: slot?.failover ?? false,
    lagBytes: slot ? String(slot.lagBytes) : null,
    retainedBytes: slot ? String(slot.retainedBytes) : null,
    confirmed: slot ? shownLsn(slot.confirmedFlush) : null,
    position: position ? formatLsn(position.lsn) : null,
    movedAt: position?.movedAt?.toISOString() ?? null,
    detours,
  };
}

function fields(
  name: string,
  { slot, position, detours }: CdcStatus,
): [string, string | number][] {
  return [
    ['slot', slot ? name : `${name} (there is none)`],
    ['read by a relay', slot?.active ? 'yes' : 'no'],
    ['lag', formatBytes(slot?.lagBytes ?? null)],
    ['WAL kept', formatBytes(slot?.retainedBytes ?? null)],
    ['WAL status', shownStatus(slot)],
    ['confirmed', shownLsn(slot?.confirmedFlush)],
    ['last moved', shownLsn(position?.lsn)],
    ['last moved at', position?.movedAt?.toISOString() ?? '-'],
    ['keys on a detour', detours],
  ];
}

function shownStatus(slot: CdcStatus['slot']): string {
  if (!slot) return '-';
  return slot.invalidation
    ? `${slot.walStatus} (${slot.invalidation})`
    : slot.walStatus;
}

function shownLsn(lsn: bigint | undefined): string {
  return lsn === undefined ? '-' : formatLsn(lsn);
}
