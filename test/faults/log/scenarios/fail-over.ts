import { Catalogue, append } from '#log';
import { isPostamtError } from '#kernel';
import { Database } from '#postgres';
import { batchOf } from '../batch-of.js';
import { FaultStage, TOPIC } from '../fault-stage.js';
import type { Scenario } from '../scenario.js';
import { REPLICATED, UNREPLICATED } from './replicated.js';

/**
 * Both standbys go deaf while appends wait for them, and are killed, so that the primary alone has a tail, of which
 * readers see something. It is killed too, the standby that has most is promoted, and the other one follows. Then the old primary comes back alone, and takes nothing that is
 * asked to be replicated.
 */
export const failOver: Scenario = {
  name: 'a standby promoted, the primary killed',
  play: (run) =>
    FaultStage.with(run, REPLICATED, async (stage) => {
      await stage.progress(20);
      for (const standby of stage.standbys) await standby.pause();
      for (const standby of stage.standbys) await standby.kill();
      await stage.producers[UNREPLICATED]?.progress(20);
      await stage.readersCatchUp();
      await stage.failOver();
      await stage.progress(20);
      await stage.server.restart();
      await refusesToReplicate(stage);
    }),
};

async function refusesToReplicate(stage: FaultStage): Promise<void> {
  const db = new Database({ connection: stage.oldPrimary });
  try {
    const batch = batchOf(['sent-to-the-old-primary']);
    const request = { topic: TOPIC, partition: 0, batch };
    const options = { acks: 'all' } as const;
    await append(db, new Catalogue(db), [request], options);
  } catch (error) {
    if (isPostamtError(error, 'NOT_ENOUGH_REPLICAS')) return;
    throw error;
  } finally {
    await db.close();
  }
  throw new Error('the old primary acknowledged an append with acks=all');
}
