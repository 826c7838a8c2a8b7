import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
} from '@jest/globals';
import { Catalogue } from '#log';
import type { Database } from '#postgres';
import { useDatabase, waitFor } from '#testing';
import { Membership } from '../membership/membership.js';
import { commitNow } from '../offsets/commit-offsets.js';
import { committedOffsets } from '../offsets/committed-offsets.js';
import { commit, topicWith } from './fixtures/handmade-group.js';
import { offsetsOf } from './fixtures/offsets-of.js';
import { sessionsWaiting } from './fixtures/sessions-waiting.js';
import { resetOffsets } from './reset-offsets.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });
let db: Database;

beforeEach(() => {
  db = database.open();
});

describe('Resetting the offsets of a group that members join at once', () => {
  it('keeps a member that joins in between waiting, and has it begin where the reset says', async () => {
    await topicWith(db, 'between', 9);
    await commit(db, 'between', 'between', [1n]);
    const other = database.open();
    const { reset, joining } = await db.transaction(async (tx) => {
      const { rows } = await tx.query(
        `select max(id) as id from ${db.schema}.group_partitions`,
      );
      await tx.lock('groupPartition', [rows[0]?.id as number]);
      const request = {
        group: 'between',
        topics: 'all',
        to: 'latest',
      } as const;
      const resetting = resetOffsets(database.open(), request);
      await waitFor(
        'the reset to wait',
        async () => (await sessionsWaiting(db)) === 1,
      );
      const join = { group: 'between', topics: ['between'] };
      const membership = Membership.join(other, join);
      await waitFor(
        'the member to wait',
        async () => (await sessionsWaiting(db)) === 2,
      );
      // Not awaited by the transaction, for whose end they wait.
      return { reset: resetting, joining: membership };
    });
    expect((await reset).partitions).toMatchObject([{ before: 1n, after: 9n }]);
    const membership = await joining;
    const offsets = await committedOffsets(other, membership.owned);
    expect([...offsets.values()]).toMatchObject([{ offset: 9n }]);
    await membership.leave();
  });

  it('is refused, or done before they begin; nobody waits for anybody in a circle', async () => {
    await topicWith(db, 'raced', 9, { partitions: 3 });
    const { partitions } = await new Catalogue(db).topic('raced');
    const other = database.open();
    for (let round = 0; round < 10; round += 1) {
      const group = `raced-${round}`;
      await commit(db, group, 'raced', [1n, 1n, 1n]);
      const [membership, reset] = await Promise.all([
        Membership.join(other, { group, topics: ['raced'] }),
        resetOffsets(db, { group, topics: 'all', to: 'latest' }).catch(
          (error: { code: string }) => error.code,
        ),
      ]);
      expect(membership.owned).toHaveLength(partitions.length);
      if (reset === 'NON_EMPTY_GROUP')
        expect(await offsetsOf(db, group)).toContain('raced-0=1');
      else
        expect(await offsetsOf(db, group)).toEqual([
          'raced-0=9',
          'raced-1=9',
          'raced-2=9',
        ]);
      // Whatever came first, the member may commit.
      const [partition] = membership.owned;
      if (partition) await commitNow(other, [{ partition, next: 2n }]);
      await membership.leave();
      await resetOffsets(db, { group, topics: 'all', to: 'earliest' });
    }
  });
});
