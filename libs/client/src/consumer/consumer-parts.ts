import { Catalogue } from '#log';
import type { Database } from '#postgres';
import { Assignment } from './assignment.js';
import { consumerSettings, type ConsumerOptions } from './consumer-options.js';
import { ConsumerState } from './consumer-state.js';
import { ConsumerGroup } from './group/consumer-group.js';
import { GroupPartitions } from './group/group-partitions.js';
import { PollLoop } from './poll-loop.js';
import { RecordReader } from './record-reader.js';
import { StartPositions } from './start-positions.js';

/** What a consumer is made of. */
export type ConsumerParts = ReturnType<typeof consumerParts>;

/** @throws PostamtError INVALID_CONFIG naming the option; INVALID_GROUP_ID */
export function consumerParts(db: Database, options: ConsumerOptions) {
  const settings = consumerSettings(options);
  const catalogue = new Catalogue(db);
  const reader = new RecordReader(db);
  const assignment = new Assignment(startOf(settings));
  const partitions =
    settings.group && new GroupPartitions(db, catalogue, settings.group.group);
  const starts = new StartPositions({ db, catalogue, settings, partitions });
  const shared = { db, catalogue, settings, reader, assignment, starts };
  const loop: PollLoop = new PollLoop({ ...shared, group: () => group });
  const group =
    partitions &&
    settings.group &&
    new ConsumerGroup({
      ...shared,
      group: settings.group,
      partitions,
      onChange: () => loop.nudge(),
    });
  return { ...shared, state: new ConsumerState(), loop, group };
}

/** With a group, what it has committed is to be looked up first. */
function startOf({
  group,
  autoOffsetReset,
}: ReturnType<typeof consumerSettings>) {
  return group || autoOffsetReset === 'none' ? undefined : autoOffsetReset;
}
