import { describe, expect, it } from '@jest/globals';
import { ShardSchedule } from './shard-schedule.js';

describe('ShardSchedule', () => {
  it('plans nothing where nothing was hinted', () => {
    const schedule = new ShardSchedule();
    expect(schedule.due(0)).toEqual([]);
    expect(schedule.waitMs(0)).toBeUndefined();
  });

  it('looks once at a shard in which a commit was seen', () => {
    const schedule = new ShardSchedule();
    schedule.hint(5, 100);
    expect(schedule.due(100)).toEqual([5]);
    schedule.looked(5, 'done', 101);
    expect(schedule.waitMs(101)).toBeUndefined();
  });

  it('looks at growing distances for a second where a commit may come', () => {
    const schedule = new ShardSchedule();
    schedule.hintEarly(5, 0);
    const looks: number[] = [];
    let now = 0;
    for (
      let wait = schedule.waitMs(now);
      wait !== undefined;
      wait = schedule.waitMs(now)
    ) {
      now += wait;
      looks.push(now);
      schedule.looked(5, 'done', now);
    }
    expect(looks).toEqual([0, 4, 12, 28, 60, 124, 252, 502, 752]);
  });

  it('does not let a seen commit cut short the looks for another that may come', () => {
    const schedule = new ShardSchedule();
    schedule.hintEarly(5, 0);
    schedule.looked(5, 'done', 0);
    schedule.hint(5, 1);
    schedule.looked(5, 'done', 1);
    expect(schedule.waitMs(1)).toBe(4);
  });

  it('looks at a shard that another relay holds until its lock was had', () => {
    const schedule = new ShardSchedule();
    schedule.hint(5, 0);
    let now = 0;
    for (let n = 0; n < 50; n += 1) {
      now += schedule.waitMs(now) ?? Number.NaN;
      schedule.looked(5, 'busy', now);
    }
    expect(schedule.waitMs(now)).toBe(250);
    schedule.looked(5, 'done', now);
    expect(schedule.waitMs(now)).toBeUndefined();
  });

  it('looks first at what has waited longest, however often something else is hinted', () => {
    const schedule = new ShardSchedule();
    schedule.hint(5, 0);
    schedule.hint(6, 1);
    expect(schedule.due(1)).toEqual([5, 6]);
    schedule.looked(5, 'busy', 2);
    schedule.hint(5, 3);
    schedule.hint(6, 3);
    expect(schedule.due(3)).toEqual([6, 5]);
  });

  it('looks at once at a shard that has more', () => {
    const schedule = new ShardSchedule();
    schedule.hint(5, 0);
    schedule.looked(5, 'more', 3);
    expect(schedule.due(3)).toEqual([5]);
  });
});
