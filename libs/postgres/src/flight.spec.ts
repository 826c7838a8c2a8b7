import { describe, expect, it } from '@jest/globals';
import { Flight } from './flight.js';

describe('Flight', () => {
  it('has the rows in the order of its statements, whatever came first', async () => {
    const flight = new Flight();
    const slow = Promise.withResolvers<{ n: number }[]>();
    flight.add(slow.promise);
    flight.add(Promise.resolve([{ n: 2 }]));
    slow.resolve([{ n: 1 }]);
    await flight.landed();
    expect(flight.rows).toEqual([[{ n: 1 }], [{ n: 2 }]]);
    expect(flight.failed).toBe(false);
  });

  it('fails with the error of the first statement that failed, not with the first error', async () => {
    const flight = new Flight();
    const first = Promise.withResolvers<never>();
    flight.add(Promise.resolve([]));
    flight.add(first.promise);
    flight.add(Promise.reject(new Error('current transaction is aborted')));
    await Promise.resolve();
    first.reject(new Error('the reason'));
    await flight.landed();
    expect(flight.failure).toEqual(new Error('the reason'));
  });
});
