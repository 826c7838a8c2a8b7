import { commitNow } from '#groups';
import { isPostamtError } from '#kernel';
import { waitFor } from '#testing';
import type { Stage } from '../../../traps/stage.js';
import {
  soundCommit,
  startOf,
  withoutCheck,
  withoutLock,
  type SketchCommit,
} from './sketch-commit.js';
import { SketchGroup, type SketchMember } from './sketch-group.js';

/** A play of a group in which somebody may make a mistake. */
export type GroupPlay = (stage: Stage) => Promise<SketchGroup>;

/** A zombie that was replaced commits offset and effects, after its successor or before it, if nothing hinders it. */
function zombieCommits(commit: SketchCommit): GroupPlay {
  return async (stage) => {
    const sketch = await SketchGroup.open(stage, { exact: true });
    const zombie = await sketch.join('zombie');
    const old = await zombie.partition();
    const end = await zombie.handle(0n, 2n);
    await zombie.membership.expire();
    await transact(sketch, await sketch.join('successor'), soundCommit);
    await refusable(async () => {
      await stage.db.transaction(async (tx) => {
        await commit(tx, old, 2n);
        await zombie.apply(tx, 0n, 2n);
      });
    });
    end();
    return sketch;
  };
}

/** A zombie has been checked and stalls in its handler; it is replaced, and goes on to its effects and COMMIT. */
function zombieStalls(commit: SketchCommit): GroupPlay {
  return async (stage) => {
    const sketch = await SketchGroup.open(stage, { exact: true });
    const zombie = await sketch.join('zombie');
    const old = await zombie.partition();
    const end = await zombie.handle(0n, 2n);
    const stalled = await stage.pause({
      read: (tx) => commit(tx, old, 2n),
      write: (tx) => zombie.apply(tx, 0n, 2n),
    });
    await zombie.membership.expire();
    const successor = await sketch.join('successor');
    await successor.partition();
    await refusable(() => stalled.finish());
    end();
    if ((await sketch.history()).effects.length === 0)
      await transact(sketch, successor, soundCommit);
    return sketch;
  };
}

export const commitsWithoutCheck = zombieCommits(withoutCheck);
export const commitsWithCheck = zombieCommits(soundCommit);
export const takesNoFencingLock = zombieStalls(withoutLock);
export const takesFencingLock = zombieStalls(soundCommit);

/** A member that is asked for a partition gives it up, while its handler is at work or once that is through. */
function givesUp(when: 'at once' | 'when it is through'): GroupPlay {
  return async (stage) => {
    const sketch = await SketchGroup.open(stage, { partitions: 2 });
    const first = await sketch.join('first');
    await first.partition();
    const end = await first.handle(0n, 2n);
    const second = await sketch.join('second');
    const { membership } = first;
    await waitFor('it to be asked', () => membership.revoking.length > 0);
    if (when === 'when it is through') end();
    // Whichever it is asked for: all goes to the other one.
    await membership.release(membership.revoking);
    await membership.resubscribe({ topics: ['another'] });
    await waitFor('it to be asked', () => membership.revoking.length > 0);
    await membership.release(membership.revoking);
    await handleAndCommit(sketch, second, 2n);
    if (when === 'at once') end();
    return sketch;
  };
}

export const givesUpAtOnce = givesUp('at once');
export const givesUpWhenThrough = givesUp('when it is through');

/** A plain member commits, and then handles; it dies between the two. */
export const commitsBeforeHandler: GroupPlay = async (stage) => {
  const sketch = await SketchGroup.open(stage);
  const member = await sketch.join('member');
  await commitNow(stage.db, [
    { partition: await member.partition(), next: 2n },
  ]);
  await member.membership.leave();
  return sketch;
};

/** A consumer whose poll commits where it stands then, which is behind what that very poll gives; it dies in its handler. */
export const commitsCurrentPoll: GroupPlay = async (stage) => {
  const sketch = await SketchGroup.open(stage);
  const consumer = await sketch.join('consumer');
  const partition = await consumer.partition();
  let position = 0n;
  const poll = async () => {
    position = 2n;
    await commitNow(stage.db, [{ partition, next: position }]);
    return consumer.handle(0n, position);
  };
  await poll();
  await consumer.membership.leave();
  return sketch;
};

/** A consumer whose poll commits what the one before gave. */
export const commitsPreviousPoll: GroupPlay = async (stage) => {
  const sketch = await SketchGroup.open(stage);
  const consumer = await sketch.join('consumer');
  const partition = await consumer.partition();
  (await consumer.handle(0n, 2n))();
  await commitNow(stage.db, [{ partition, next: 2n }]);
  await consumer.membership.leave();
  return sketch;
};

/** A member that takes an offset which it could not read for none, and begins at 0. */
export const takesUnreadableForNone: GroupPlay = (stage) =>
  startsAnew(stage, () => Promise.reject(new Error('the server is away')));

/** A member that reads the offset. */
export const readsItsStart: GroupPlay = (stage) =>
  startsAnew(stage, (member) => startFrom(stage, member));

async function startsAnew(
  stage: Stage,
  read: (member: SketchMember) => Promise<bigint>,
): Promise<SketchGroup> {
  const sketch = await SketchGroup.open(stage);
  const first = await sketch.join('first');
  await handleAndCommit(sketch, first, 2n);
  await first.membership.leave();
  await sketch.put(1);
  const second = await sketch.join('second');
  const partition = await second.partition();
  const start = await read(second).catch(() => 0n);
  (await second.handle(start, 3n))();
  await commitNow(stage.db, [{ partition, next: 3n }]);
  return sketch;
}

/** A consumer that tries an early commit again once a later one is through. */
export const retriesOutOfOrder: GroupPlay = async (stage) => {
  const sketch = await SketchGroup.open(stage);
  const consumer = await sketch.join('consumer');
  const partition = await consumer.partition();
  (await consumer.handle(0n, 2n))();
  for (const next of [2n, 1n, 2n])
    await commitNow(stage.db, [{ partition, next }]);
  return sketch;
};

/** A consumer that takes a refused commit for one that is through. */
export const swallowsRefusal: GroupPlay = async (stage) => {
  const sketch = await SketchGroup.open(stage);
  const zombie = await sketch.join('zombie');
  const partition = await zombie.partition();
  (await zombie.handle(0n, 2n))();
  await zombie.membership.expire();
  await handleAndCommit(sketch, await sketch.join('successor'), 2n);
  const metadata = zombie.book.mark();
  await refusable(() =>
    commitNow(stage.db, [{ partition, next: 2n, metadata }]),
  );
  zombie.book.told(metadata, 'committed');
  return sketch;
};

/** A member that hears of nothing behind its last fetch, and is content. */
export const missesTheLast: GroupPlay = async (stage) => {
  const sketch = await SketchGroup.open(stage);
  await handleAndCommit(sketch, await sketch.join('member'), 2n);
  await sketch.put(1);
  return sketch;
};

async function handleAndCommit(
  { stage }: SketchGroup,
  member: SketchMember,
  next: bigint,
): Promise<void> {
  const partition = await member.partition();
  const start = await startOf(stage.db, partition);
  (await member.handle(start, next))();
  await commitNow(stage.db, [{ partition, next }]);
}

async function startFrom(stage: Stage, member: SketchMember): Promise<bigint> {
  return startOf(stage.db, await member.partition());
}

/** Handles what there is in the transaction of its offset. */
async function transact(
  { stage }: SketchGroup,
  member: SketchMember,
  commit: SketchCommit,
): Promise<void> {
  const partition = await member.partition();
  const start = await startOf(stage.db, partition);
  const end = await member.handle(start, 2n);
  await stage.db.transaction(async (tx) => {
    await commit(tx, partition, 2n);
    await member.apply(tx, start, 2n);
  });
  end();
}

/** Refused by the fence, or ended with its session. */
async function refusable(attempt: () => Promise<unknown>): Promise<void> {
  try {
    await attempt();
  } catch (error) {
    const codes = [
      'ILLEGAL_GENERATION',
      'POSTGRES_UNAVAILABLE',
      'OUTCOME_UNKNOWN',
    ] as const;
    if (!codes.some((code) => isPostamtError(error, code))) throw error;
  }
}
