// log: the log engine in Postgres: topics, partitions, leaves, append and fetch of record batches.
// May import: kernel, records, postgres.
// Words: topic, partition, offset, leader epoch, log start offset, log end offset, leaf, catalogue.
export {
  append,
  isStaleCatalogue,
  type Appended,
  type AppendOptions,
  type AppendRequest,
} from './append.js';
export {
  appendStatement,
  lockPartitions,
  planAppend,
  type PlannedAppend,
} from './append-plan.js';
export { Catalogue } from './catalogue.js';
export { createTopic, ensureTopic, type NewTopic } from './create-topic.js';
export {
  describeTopic,
  type DescribedPartition,
  type DescribedTopic,
} from './describe-topic.js';
export {
  fetch,
  type FetchedBatch,
  type FetchedPartition,
  type FetchRequest,
} from './fetch.js';
export { listTopics } from './list-topics.js';
export { topicConfigEntries } from './topic-config.js';
export { checkTopicName } from './topic-name.js';
export {
  partitionOf,
  partitionWakeUp,
  type Partition,
  type Topic,
} from './topic.js';
