import { describe, expect, it } from '@jest/globals';
import { WakeUpWatch } from './wake-up-watch.js';

function watchOf(keys: string[], longestWait = () => Infinity) {
  const closed: WakeUpWatch[] = [];
  const watch = new WakeUpWatch({
    keys,
    longestWait,
    onClose: (one) => closed.push(one),
  });
  return { watch, closed };
}

const LONG = 60_000;

describe('WakeUpWatch', () => {
  it('keeps a hint that comes between the read and the wait', async () => {
    const { watch } = watchOf(['p1', 'p2']);
    watch.hint(['p1']);
    await watch.wait(LONG);
    expect(watch.take()).toEqual(['p1']);
    expect(watch.hinted).toBe(false);
  });

  it('wakes who waits', async () => {
    const { watch } = watchOf(['p1']);
    const waiting = watch.wait(LONG);
    watch.hint(['p1']);
    await waiting;
    expect(watch.take()).toEqual(['p1']);
  });

  it('wakes again after it was emptied', async () => {
    const { watch } = watchOf(['p1']);
    for (let round = 0; round < 3; round += 1) {
      const waiting = watch.wait(LONG);
      watch.hint(['p1']);
      await waiting;
      expect(watch.take()).toEqual(['p1']);
    }
  });

  it('does not hear of keys that it does not watch', () => {
    const { watch } = watchOf(['p1']);
    watch.hint(['p2', 'p12']);
    expect(watch.hinted).toBe(false);
  });

  it('takes a star for all that it watches', () => {
    const { watch } = watchOf(['p1', 'p2']);
    watch.hint(['*']);
    expect(watch.take()).toEqual(['p1', 'p2']);
  });

  it('waits no longer than it may now', async () => {
    const { watch } = watchOf(['p1'], () => 1);
    await watch.wait(LONG);
    expect(watch.hinted).toBe(false);
  });

  it('takes an endless wait for one, not for none', async () => {
    const { watch } = watchOf(['p1']);
    let woken = false;
    const waiting = watch.wait(Infinity).then(() => (woken = true));
    await watchOf(['p2'], () => 20).watch.wait(LONG);
    expect(woken).toBe(false);
    watch.hint(['p1']);
    await waiting;
  });

  it('ends the wait when the caller aborts it', async () => {
    const { watch } = watchOf(['p1']);
    const abort = new AbortController();
    const waiting = watch.wait(LONG, abort.signal);
    abort.abort();
    await waiting;
  });

  it('ends every wait from its close on, also after what was hinted is taken', async () => {
    const { watch, closed } = watchOf(['p1']);
    const waiting = watch.wait(LONG);
    watch.close();
    await waiting;
    watch.take();
    await watch.wait(LONG);
    expect(closed).toEqual([watch]);
  });

  it('hears of a key from when it was added, also while somebody waits', async () => {
    const { watch } = watchOf(['p1']);
    watch.hint(['p2']);
    const waiting = watch.wait(LONG);
    watch.add(['p2', 'p3']);
    expect(watch.hinted).toBe(false);
    watch.hint(['p2']);
    await waiting;
    expect(watch.take()).toEqual(['p2']);
    watch.hint(['*']);
    expect(watch.take()).toEqual(['p1', 'p2', 'p3']);
  });

  it('forgets what was hinted of a key that was removed, and waits again', async () => {
    const { watch } = watchOf(['p1', 'p2']);
    watch.hint(['p1', 'p2']);
    watch.remove(['p1']);
    expect(watch.hinted).toBe(true);
    await watch.wait(LONG);
    watch.remove(['p2']);
    expect(watch.hinted).toBe(false);
    let woken = false;
    const waiting = watch.wait(LONG).then(() => (woken = true));
    watch.hint(['p1', 'p2', '*']);
    await watchOf(['p3'], () => 20).watch.wait(LONG);
    expect(woken).toBe(false);
    watch.add(['p2']);
    watch.hint(['p2']);
    await waiting;
    expect(watch.take()).toEqual(['p2']);
  });

  it('stays ended when a key is removed after its close', async () => {
    const { watch } = watchOf(['p1']);
    watch.hint(['p1']);
    watch.close();
    watch.remove(['p1']);
    await watch.wait(LONG);
    expect(watch.hinted).toBe(false);
  });
});
