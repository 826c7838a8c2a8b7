import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import {
  append,
  Catalogue,
  createTopic,
  deleteTopic,
  LogMaintenance,
  rollSegment,
} from '#log';
import { encodeRecordBatch } from '#records';
import { useDatabase } from '#testing';
import { captureCli } from '../fixtures/captured-cli.js';
import type { CliRun } from '../fixtures/spawned-cli.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });
const timestamp = Date.UTC(2026, 0, 1);

function segments(...args: string[]): Promise<CliRun> {
  const { connectionString } = database;
  return captureCli('--database-url', connectionString, 'segments', ...args);
}

/** A topic of one sealed segment with two records in partition 1, and an active one; and one that is deleted. */
async function fill(): Promise<void> {
  const db = database.open();
  const config = { 'retention.ms': -1 };
  await createTopic(db, { name: 'doors', partitions: 2, config });
  const records = ['a', 'b'].map((text) => ({
    timestamp,
    key: null,
    value: Buffer.from(text),
  }));
  const batch = encodeRecordBatch(records);
  const request = { topic: 'doors', partition: 1, batch };
  await append(db, new Catalogue(db), [request]);
  await rollSegment(db, 'doors');
  await new LogMaintenance(db).runOnce();
  await createTopic(db, { name: 'gone' });
  await deleteTopic(db, 'gone');
}

describe('postamt segments', () => {
  it('lists segments, their offsets, and leaves that wait to be dropped', async () => {
    await fill();
    const { code, stdout, stderr } = await segments('--partitions');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const time = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`;
    const size = String.raw`\d+\.\d KiB`;
    for (const line of [
      'topic +segment +leaf +state +created +sealed +size +frozen +compacted',
      `doors +0 +log_1_0 +sealed +${time} +${time} +${size} +yes +no`,
      `doors +1 +log_1_1 +active +${time} +- +${size} +no +no`,
      'doors +0 +0 +- +- +- +.*',
      'doors +0 +1 +0 +1 +2026-01-01T00:00:00Z +.*',
      'doors +1 +1 +2 +\\(written\\) +- +-',
      `log_2_0 +gone +${time} +${size}`,
    ])
      expect(stdout).toMatch(new RegExp(`^${line}$`, 'm'));
    expect((await segments('doors')).stdout).not.toMatch(/gone|written/);
  });

  it('is JSON with --json, with everything in it', async () => {
    const { stdout } = await segments('--json');
    const range = { maxTimestamp: null, sizeBytes: null };
    expect(JSON.parse(stdout)).toEqual({
      segments: [
        expect.objectContaining({ number: 0, state: 'sealed' }),
        {
          topic: 'doors',
          number: 1,
          leaf: 'log_1_1',
          state: 'active',
          createdAt: expect.stringMatching(/Z$/),
          sealedAt: null,
          sizeBytes: expect.any(Number),
          frozenAt: null,
          compactedAt: null,
          partitions: [
            { ...range, partition: 0, firstOffset: '0', lastOffset: null },
            { ...range, partition: 1, firstOffset: '2', lastOffset: null },
          ],
        },
      ],
      waiting: [
        {
          leaf: 'log_2_0',
          topic: 'gone',
          retiredAt: expect.stringMatching(/Z$/),
          sizeBytes: expect.any(Number),
        },
      ],
    });
  });

  it('refuses a topic that there is not', async () => {
    const { code, stderr } = await segments('gone');
    expect(code).toBe(1);
    expect(stderr).toContain('UNKNOWN_TOPIC_OR_PARTITION: there is no topic');
  });
});
