import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { Registry } from 'prom-client';
import { createTopic } from '#log';
import { useDatabase } from '#testing';
import { Membership } from '../membership/membership.js';
import { commitNow } from '../offsets/commit-offsets.js';
import { registerGroupMetrics } from './group-metrics.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });

describe('registerGroupMetrics', () => {
  it('serves members and lag of each group, and leaves out what nobody has committed', async () => {
    const db = database.open();
    await createTopic(db, { name: 'measured', partitions: 2 });
    const member = await Membership.join(db, {
      group: 'meters',
      topics: ['measured'],
    });
    const [first] = member.owned;
    if (first) await commitNow(db, [{ partition: first, next: 0n }]);
    const registry = new Registry();
    registerGroupMetrics(db, { registry, groups: ['meters', 'nobody'] });
    const text = await registry.metrics();
    expect(text).toContain('postamt_groups_up 1');
    expect(text).toContain('postamt_group_members{group="meters"} 1');
    const place = 'group="meters",topic="measured",partition="0"';
    expect(text).toContain(`postamt_group_lag_records{${place}} 0`);
    expect(text).toContain(`postamt_group_lag_seconds{${place}} 0`);
    const other = 'group="meters",topic="measured",partition="1"';
    expect(text).not.toContain(`postamt_group_lag_records{${other}}`);
    expect(text).toContain(`postamt_group_uncommitted_records{${other}} 0`);
    expect(text).not.toContain('nobody');
    await member.leave();
  });

  it('says that it reads nothing where the database is gone', async () => {
    const db = database.open();
    const registry = new Registry();
    registerGroupMetrics(db, { registry });
    await db.close();
    const text = await registry.metrics();
    expect(text).toContain('postamt_groups_up 0');
    expect(text).not.toContain('postamt_group_lag_records{');
  });
});
