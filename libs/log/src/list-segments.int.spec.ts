import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { useDatabase } from '#testing';
import { append } from './append.js';
import { Catalogue } from './catalogue.js';
import { deleteTopic } from './delete-topic.js';
import { batchOf, newTopic } from './fixtures/batches.js';
import { listRetiredLeaves, listSegments } from './list-segments.js';
import { LogMaintenance } from './maintenance/log-maintenance.js';
import { rollSegment } from './roll-segment.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });

describe('listSegments', () => {
  it('lists sealed segments and the active one, with what each has of each partition', async () => {
    const db = database.open();
    const { name, number } = await newTopic(db, 2);
    const batch = batchOf(['a', 'b', 'c']);
    const request = { topic: name, partition: 1, batch };
    await append(db, new Catalogue(db), [request]);
    await rollSegment(db, name);
    const [sealed, active, ...others] = await listSegments(db, name);
    expect(others).toEqual([]);
    expect(sealed).toMatchObject({
      topic: name,
      number: 0,
      leaf: `log_${number}_0`,
      state: 'sealed',
      createdAt: expect.any(Date),
      sealedAt: expect.any(Date),
      sizeBytes: expect.any(Number),
      compactedAt: null,
      partitions: [
        { partition: 0, firstOffset: 0n, lastOffset: -1n },
        { partition: 1, firstOffset: 0n, lastOffset: 2n },
      ],
    });
    expect(sealed?.sizeBytes).toBeGreaterThan(batch.length);
    expect(active).toMatchObject({
      number: 1,
      state: 'active',
      sealedAt: null,
      frozenAt: null,
      partitions: [
        { partition: 0, firstOffset: 0n, lastOffset: null },
        { partition: 1, firstOffset: 3n, lastOffset: null },
      ],
    });
    await new LogMaintenance(db).runOnce();
    const [kept] = await listSegments(db, name);
    expect(kept?.frozenAt).toEqual(expect.any(Date));
    expect(kept?.partitions[1]?.sizeBytes).toBe(batch.length);
  });

  it('lists all topics by name, and refuses one that there is not', async () => {
    const db = database.open();
    const names = [(await newTopic(db)).name, (await newTopic(db)).name];
    const listed = (await listSegments(db)).map(({ topic }) => topic);
    expect(listed.filter((topic) => names.includes(topic))).toEqual(
      names.sort(),
    );
    await expect(listSegments(db, 'nowhere')).rejects.toMatchObject({
      code: 'UNKNOWN_TOPIC_OR_PARTITION',
    });
  });
});

describe('listRetiredLeaves', () => {
  it('lists the leaves of a deleted topic until maintenance drops them', async () => {
    const db = database.open();
    const { name, leaf } = await newTopic(db);
    await deleteTopic(db, name);
    const retired = {
      leaf,
      topic: name,
      retiredAt: expect.any(Date),
      sizeBytes: expect.any(Number),
    };
    expect(await listRetiredLeaves(db, name)).toEqual([retired]);
    expect(await listRetiredLeaves(db)).toContainEqual(retired);
    await new LogMaintenance(db).runOnce();
    expect(await listRetiredLeaves(db, name)).toEqual([]);
  });
});
