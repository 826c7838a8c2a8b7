import { describe, expect, it } from '@jest/globals';
import { CallLedger } from './call-ledger.js';

describe('CallLedger', () => {
  it('waits for the calls that there are, in whatever order they finish, and for no later one', async () => {
    const ledger = new CallLedger();
    const [first, second] = [ledger.start(), ledger.start()];
    let finished = false;
    const waiting = ledger.finished().then(() => (finished = true));
    const third = ledger.start();
    ledger.finish(third);
    ledger.finish(second);
    await Promise.resolve();
    expect(finished).toBe(false);
    ledger.start();
    ledger.finish(first);
    await waiting;
  });

  it('does not wait where there is nothing to wait for', async () => {
    const ledger = new CallLedger();
    await ledger.finished();
    ledger.finish(ledger.start());
    await ledger.finished();
  });
});
