import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { Catalogue } from '#log';
import { useDatabase, waitFor } from '#testing';
import { GroupBench } from './fixtures/group-bench.js';
import { heardErrors } from './fixtures/heard-errors.js';
import { Lane } from './lane.js';
import { ListenerLog } from './listener-log.js';
import { Prefetcher } from './prefetcher.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });
const NEVER_MS = 1_000_000;

describe('A prefetcher', () => {
  it('still hears of a partition that came back as another lane before the old one was closed', async () => {
    const bench = await GroupBench.open(database.open(), 1);
    const { db, topic } = bench;
    const catalogue = new Catalogue(db);
    const known = await catalogue.topic(topic.name);
    const place = { id: 1, group: bench.group, topic: topic.name };
    const partitionId = known.partitions[0]?.id ?? 0;
    const [old, heir] = [1, 2].map(
      (epoch) =>
        new Lane({ ...place, partitionId, partition: 0, epoch, member: 1 }),
    ) as [Lane, Lane];
    const lanes = new Set([old]);
    const prefetcher = new Prefetcher({
      db,
      catalogue,
      lanes,
      log: new ListenerLog(heardErrors().logger, topic.name, bench.group),
      limits: { laneBytes: 1_000, totalBytes: 10_000 },
      pollIntervalMs: NEVER_MS,
      canReset: true,
      onFilled: () => {},
      onRestart: () => {},
    });
    prefetcher.watch([old]);
    lanes.add(heir);
    heir.begin(undefined, 0n);
    prefetcher.watch([heir]);
    prefetcher.poke();
    // From then on nobody looks by himself.
    await waitFor('wake-ups to be heard', () => db.wakeUps.listening);
    await waitFor('the log to be read', () => !heir.ahead.mayHaveMore);
    lanes.delete(old);
    prefetcher.unwatch([old]);
    await bench.append(0, 1);
    await waitFor('the record', () => !heir.ahead.isEmpty);
    expect(heir.ahead.position).toBe(1n);
    await prefetcher.stop();
  });
});
