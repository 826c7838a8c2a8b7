import { describe, expect, it } from '@jest/globals';
import { silentLogger } from '#kernel';
import { AutoCommit } from './auto-commit.js';
import type { OffsetToCommit } from './offset-to-commit.js';

const at = (offset: bigint): OffsetToCommit[] => [
  { topic: 't', partition: 0, offset },
];

describe('AutoCommit', () => {
  it('commits what is new once its interval is over', async () => {
    const { auto, commits } = recording({ intervalMs: 0 });
    auto.tick(() => at(1n));
    await settled();
    auto.tick(() => at(1n));
    await settled();
    auto.tick(() => at(2n));
    await settled();
    expect(commits).toEqual([1n, 2n]);
  });

  it('waits for its interval, and has nothing to wait for where nothing is new', () => {
    const { auto, commits } = recording({ intervalMs: 1_000_000 });
    auto.tick(() => at(1n));
    expect(commits).toEqual([]);
    expect(auto.waitMs(at(1n))).toBeGreaterThan(900_000);
    auto.note({ topic: 't', partition: 0 }, 1n);
    expect(auto.waitMs(at(1n))).toBe(Infinity);
    auto.forget({ topic: 't', partition: 0 });
    expect(auto.waitMs(at(1n))).toBeLessThan(Infinity);
  });

  it('has one commit under way at a time', async () => {
    const gate = Promise.withResolvers<void>();
    const { auto, commits } = recording({ intervalMs: 0, wait: gate.promise });
    auto.tick(() => at(1n));
    auto.tick(() => at(2n));
    expect(auto.waitMs(at(2n))).toBe(Infinity);
    gate.resolve();
    await settled();
    auto.tick(() => at(3n));
    await settled();
    expect(commits).toEqual([1n, 3n]);
  });

  it('commits with the next what could not be committed', async () => {
    const { auto, commits } = recording({ intervalMs: 0, fails: 1 });
    auto.tick(() => at(1n));
    await settled();
    await auto.now(at(1n));
    expect(commits).toEqual([1n, 1n]);
  });

  it('does nothing where it is off', async () => {
    const { auto, commits } = recording({ intervalMs: 0, isOn: false });
    auto.tick(() => at(1n));
    await auto.now(at(1n));
    expect(auto.waitMs(at(1n))).toBe(Infinity);
    expect(commits).toEqual([]);
  });
});

/** One that keeps what it commits, of which the first `fails` fail. */
function recording(options: {
  intervalMs: number;
  isOn?: boolean;
  fails?: number;
  wait?: Promise<void>;
}) {
  const { intervalMs, isOn = true, fails = 0, wait } = options;
  const commits: (bigint | undefined)[] = [];
  const auto = new AutoCommit({
    isOn,
    intervalMs,
    logger: silentLogger,
    async commit([first]) {
      commits.push(first?.offset);
      await wait;
      if (commits.length <= fails) throw new Error('not now');
    },
  });
  return { auto, commits };
}

/** What was begun behind the caller's back has ended. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
