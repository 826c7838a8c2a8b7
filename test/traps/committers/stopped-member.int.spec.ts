import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  expect,
  it,
} from '@jest/globals';
import { commitOffsets, committedOffsets, Membership } from '#groups';
import type { Database } from '#postgres';
import { waitFor } from '#testing';
import { ChildProgram } from '../../faults/child-program.js';
import { useStage } from '../use-stage.js';
import { GroupScene, GROUP, TOPIC } from './group-scene.js';

const onStage = useStage({ beforeAll, beforeEach, afterEach, afterAll });

it('a process that is stopped between the check and COMMIT for longer than its session commits nothing when it goes on', async () => {
  const scene = await GroupScene.open(onStage());
  const { db, connectionString } = scene.stage;
  const program = 'test/traps/committers/stopping-member.ts';
  const zombie = new ChildProgram('zombie', program, { connectionString });
  try {
    await waitFor('it to stand behind its check', () => standsOpen(db));
    const successor = await Membership.join(db, {
      group: GROUP,
      topics: [TOPIC],
      sessionTimeoutMs: 800,
      heartbeatIntervalMs: 100,
    });
    await waitFor('the partition', () => successor.owned.length === 1);
    const { owned } = successor;
    expect((await committedOffsets(db, owned)).size).toBe(0);
    await db.transaction(async (tx) => {
      const next = scene.end;
      const commit = owned.map((partition) => ({
        partition,
        previous: null,
        next,
      }));
      await commitOffsets(tx, commit);
      await scene.apply(tx, null);
    });
    // It goes on, is refused, and ends with 0.
    await zombie.stop();
    expect(await scene.violations()).toEqual([]);
  } finally {
    await zombie.kill();
  }
});

async function standsOpen(db: Database): Promise<boolean> {
  const { rows } = await db.query(
    `select from pg_stat_activity
    where application_name = 'stopping' and state = 'idle in transaction' and query like 'insert into effects%'`,
  );
  return rows.length > 0;
}
