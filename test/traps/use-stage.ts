import type { EmbeddedPostgres } from '#postgres';
import { startTestServer, type TestHooks } from '#testing';
import { Stage } from './stage.js';

const SETTINGS = { max_prepared_transactions: '10', fsync: 'off' };

/** The hooks of the test runner that a spec of traps needs. */
export interface StageHooks extends TestHooks {
  beforeEach(hook: () => Promise<void>): void;
}

/**
 * Gives a spec file a cluster of its own (what stands open here is seen by every database of a cluster) and each test a
 * database in it; fails a test that leaves a connection or a lock behind.
 *
 * @example
 * const onStage = useStage({ beforeAll, beforeEach, afterEach, afterAll });
 * it('…', async () => { const { db } = onStage(); … });
 */
export function useStage(hooks: StageHooks): () => Stage {
  let server: EmbeddedPostgres | undefined;
  let stage: Stage | undefined;
  hooks.beforeAll(async () => {
    server = await startTestServer(SETTINGS);
  });
  hooks.beforeEach(async () => {
    stage = await Stage.open(server?.connectionString ?? '');
  });
  hooks.afterEach(async () => {
    const leaks = (await stage?.end()) ?? [];
    if (leaks.length > 0) throw new Error(`leaked: ${leaks.join('; ')}`);
  });
  hooks.afterAll(async () => server?.stop());
  return () => {
    if (stage) return stage;
    throw new Error('the stage of a test is there from beforeEach on');
  };
}
