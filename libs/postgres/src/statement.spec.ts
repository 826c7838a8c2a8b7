import { describe, expect, it } from '@jest/globals';
import { bind, defineStatement, preparedName } from './statement.js';

describe('defineStatement', () => {
  it('builds its text once for each schema', () => {
    let built = 0;
    const statement = defineStatement<[]>({
      name: 'count_topics',
      text: (schema) => {
        built += 1;
        return `select count(*) from ${schema}.topics`;
      },
    });
    expect(statement.text('one')).toBe('select count(*) from one.topics');
    expect(statement.text('two')).toBe('select count(*) from two.topics');
    expect(statement.text('one')).toBe('select count(*) from one.topics');
    expect(built).toBe(2);
  });

  it('maps rows by what it was given, and to nothing where it was given nothing', () => {
    const epoch = defineStatement<[id: number], number>({
      name: 'read_epoch',
      text: () => 'select 1 as epoch',
      mapRow: (row) => row.epoch as number,
    });
    const lock = defineStatement<[]>({ name: 'lock', text: () => 'select 1' });
    expect(epoch.mapRow({ epoch: 3 })).toBe(3);
    expect(lock.mapRow({})).toBeUndefined();
  });

  it('keeps name, text and values when parameters are bound', () => {
    const statement = defineStatement<[id: number]>({
      name: 'one',
      text: (schema) => schema,
    });
    const bound = bind(statement, [7]);
    expect([bound.name, bound.text('s'), bound.values]).toEqual([
      'one',
      's',
      [7],
    ]);
  });
});

describe('preparedName', () => {
  it('sets the schema before the name, so that two schemas on one connection do not meet', () => {
    expect(preparedName('postamt', 'read_topics')).toBe('postamt.read_topics');
  });

  it('stays within the 63 bytes at which the server cuts, and tells apart what differs behind them', () => {
    const schema = 's'.repeat(40);
    const names = [1, 2].map((n) =>
      preparedName(schema, `append_log_2147483647_${n}`),
    );
    const long = [1, 2].map((n) =>
      preparedName(schema, `record_batch_log_2147483647_214748364${n}`),
    );
    expect(new Set([...names, ...long]).size).toBe(4);
    for (const name of [...names, ...long])
      expect(name.length).toBeLessThanOrEqual(63);
  });
});
