import type { Command } from 'commander';
import { listRetiredLeaves, listSegments } from '#log';
import type { GlobalOptions } from '../global-options.js';
import type { Output } from '../output.js';
import { formatSegments, segmentsJson } from '../segments/segment-report.js';
import { withDatabase } from '../with-database.js';

interface SegmentsOptions extends GlobalOptions {
  readonly partitions?: boolean;
}

const NOTES = `
A segment is a table, the leaf. The active one is written; the others were sealed when they were large or old enough
(segment.bytes, segment.ms), are frozen once, and go as a whole when retention says so, or are rewritten by compaction.
Leaves that no segment names any more are dropped by maintenance; one that waits for long is read by somebody, or no
maintenance runs. Sizes are those on disk, with indexes and TOAST.

Examples:
  $ postamt segments                          of all topics
  $ postamt segments incidents --partitions   with the offsets of each partition
  $ postamt segments --json | jq '[.segments[].sizeBytes] | add'`;

/** `postamt segments [topic]` */
export function addSegments(program: Command, output: Output): void {
  program
    .command('segments')
    .description('list the segments of topics, and what waits to be dropped')
    .argument('[topic]', 'its name; all where it is left out')
    .option('--partitions', 'show what each segment has of each partition')
    .addHelpText('after', NOTES)
    .action(
      async (name: string | undefined, _options: object, command: Command) => {
        const options = command.optsWithGlobals<SegmentsOptions>();
        await withDatabase(options, async (db) => {
          const segments = await listSegments(db, name);
          const waiting = await listRetiredLeaves(db, name);
          const report = { segments, waiting };
          await output.line(
            options.json
              ? segmentsJson(report)
              : formatSegments(report, options),
          );
        });
      },
    );
}
