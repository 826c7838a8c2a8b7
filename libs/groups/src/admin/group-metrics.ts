import { Gauge, register, type Registry } from 'prom-client';
import { isPostamtError, SharedReading } from '#kernel';
import type { Database } from '#postgres';
import { describeGroup } from './describe-group.js';
import type {
  DescribedGroup,
  DescribedGroupPartition,
} from './described-group.js';
import { listGroups } from './list-groups.js';

export interface GroupMetricsOptions {
  /** Where to; prom-client's own registry by default. */
  readonly registry?: Registry;
  /** The groups to be read, by name; all by default. */
  readonly groups?: readonly string[];
}

type PartitionGauge = readonly [
  name: string,
  help: string,
  value: (partition: DescribedGroupPartition) => number | undefined,
];

const PARTITIONS: readonly PartitionGauge[] = [
  [
    'postamt_group_lag_records',
    'Records that the group has not read yet, by its committed offset.',
    ({ lag }) => (lag === null ? undefined : Number(lag)),
  ],
  [
    'postamt_group_lag_seconds',
    'The age of the oldest record that the group has not read yet; 0 where there is none.',
    ({ lag, lagMs }) => (lag === null ? undefined : (lagMs ?? 0) / 1_000),
  ],
  [
    'postamt_group_uncommitted_records',
    'Records of a partition in which the group has committed nothing, and has no lag therefore.',
    ({ lag, error, logStartOffset: start, logEndOffset: end }) =>
      lag !== null || error ? undefined : Number((end ?? 0n) - (start ?? 0n)),
  ],
];

/**
 * Registers how far consumer groups are with prom-client: lag in records and in time, members. It is read when it is
 * scraped, at most once a second. Where Postgres does not answer, `postamt_groups_up` is 0 and the rest is left out.
 *
 * @example
 * registerGroupMetrics(db, { groups: ['board'] });
 * // … wherever the application serves its metrics:
 * response.end(await register.metrics());
 */
export function registerGroupMetrics(
  db: Database,
  { registry = register, groups }: GroupMetricsOptions = {},
): void {
  const reading = new SharedReading(() => readGroups(db, groups));
  registry.registerMetric(
    new Gauge({
      name: 'postamt_groups_up',
      help: 'Whether the groups could be read.',
      registers: [],
      async collect() {
        this.set((await reading.value()) ? 1 : 0);
      },
    }),
  );
  registry.registerMetric(
    new Gauge({
      name: 'postamt_group_members',
      help: 'Members of the group.',
      labelNames: ['group'],
      registers: [],
      async collect() {
        const described = await reading.value();
        this.reset();
        for (const { name: group, members } of described ?? [])
          this.set({ group }, members.length);
      },
    }),
  );
  for (const each of PARTITIONS) registerPartitions(registry, reading, each);
}

function registerPartitions(
  registry: Registry,
  reading: SharedReading<readonly DescribedGroup[]>,
  [name, help, value]: PartitionGauge,
): void {
  registry.registerMetric(
    new Gauge({
      name,
      help,
      labelNames: ['group', 'topic', 'partition'],
      registers: [],
      async collect() {
        const described = await reading.value();
        this.reset();
        for (const { name: group, partitions } of described ?? [])
          for (const each of partitions) {
            const number = value(each);
            const { topic, partition } = each;
            if (number !== undefined)
              this.set({ group, topic, partition }, number);
          }
      },
    }),
  );
}

async function readGroups(
  db: Database,
  names: readonly string[] | undefined,
): Promise<DescribedGroup[]> {
  const wanted = names ?? (await listGroups(db)).map(({ name }) => name);
  const described: DescribedGroup[] = [];
  for (const name of wanted) {
    try {
      described.push(await describeGroup(db, name));
    } catch (error) {
      // Nobody has joined it yet, or it was deleted just now.
      if (!isPostamtError(error, 'GROUP_ID_NOT_FOUND')) throw error;
    }
  }
  return described;
}
