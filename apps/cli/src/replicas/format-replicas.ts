import { formatBytes } from '../bytes.js';
import { count } from '../count.js';
import { formatFields, formatTable } from '../table.js';
import type { ServerState } from './read-server.js';
import type { PrimaryReport } from './replica-report.js';

/** For people. */
export function formatReplicas(report: PrimaryReport | ServerState): string {
  return 'server' in report ? ofPrimary(report) : ofStandby(report);
}

/** For programs: positions in the WAL as Postgres writes them, differences as numbers of bytes. */
export function replicasJson(report: PrimaryReport | ServerState): string {
  if (!('server' in report)) {
    const { timeline, received, replayed, unreplayedBytes, primary } = report;
    const role = 'standby';
    const state = { received, replayed, unreplayedBytes, primary };
    return JSON.stringify({ role, timeline, ...state });
  }
  const { server, flushed, standbys, hidden, inSync, starved } = report;
  return JSON.stringify({
    role: 'primary',
    timeline: server.timeline,
    flushed: formatLsn(flushed),
    inSync,
    standbys: standbys.map(({ lagBytes, ...standby }) => ({
      ...standby,
      lagBytes: Number(lagBytes),
    })),
    hidden,
    unmetTopics: starved,
  });
}

function ofStandby(server: ServerState): string {
  const { timeline, received, replayed, unreplayedBytes, primary } = server;
  const fields = formatFields([
    ['role', 'standby: it can be read, not written'],
    ['timeline', timeline],
    ['received', received ?? '-'],
    ['replayed', `${replayed ?? '-'}, ${formatBytes(unreplayedBytes)} behind`],
    ['primary', primary ?? '(not connected, or hidden without pg_monitor)'],
  ]);
  return `${fields}\n\nOnly the primary knows which replicas are in sync: ask there.`;
}

function ofPrimary(report: PrimaryReport): string {
  const { server, flushed, inSync, hidden, starved } = report;
  const fields = formatFields([
    ['role', 'primary'],
    ['timeline', server.timeline],
    ['flushed', formatLsn(flushed)],
    ['in sync', `${count(inSync, 'replica')}, this server among them`],
  ]);
  return [
    fields,
    standbyTable(report),
    ...(hidden > 0 ? [whatIsHidden(hidden, server.role)] : []),
    ...(starved.length > 0 ? [starvedTable(report)] : []),
  ].join('\n\n');
}

function standbyTable({ standbys, hidden }: PrimaryReport): string {
  if (standbys.length === 0)
    return hidden > 0
      ? 'no standby can be seen'
      : 'no standby streams from this server';
  return formatTable(
    ['standby', 'state', 'lag'],
    standbys.map(({ name, state, lagBytes }) => [
      name,
      state,
      formatBytes(lagBytes),
    ]),
  );
}

function whatIsHidden(hidden: number, role: string): string {
  return `${count(hidden, 'connection')} of standbys cannot be seen: this role lacks pg_monitor, and acks=all does not count them.
As a superuser: grant pg_monitor to "${role.replaceAll('"', '""')}"`;
}

function starvedTable({ starved, inSync }: PrimaryReport): string {
  const table = formatTable(
    ['topic', 'min.insync.replicas', 'in sync'],
    starved.map(({ topic, minInsyncReplicas }) => [
      topic,
      minInsyncReplicas,
      inSync,
    ]),
  );
  return `too few replicas are in sync for appends with acks=all to:\n\n${table}`;
}

/** A position as Postgres writes it: two numbers of 32 bits, in hexadecimal. */
function formatLsn(position: bigint): string {
  const [high, low] = [position >> 32n, position & 0xffff_ffffn];
  return `${high.toString(16)}/${low.toString(16)}`.toUpperCase();
}
