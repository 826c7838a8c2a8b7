import { waitFor } from '#testing';
import type { OutboxStage } from '../outbox-stage.js';
import type { Strike } from './strike.js';

/**
 * What the server answers is lost while it goes on hearing: writers and relays commit and are not told; then the lines
 * break. Whoever was told nothing of an earlier statement does not get to COMMIT, so that it is tried until a move did.
 */
export const loseAnswers: Strike = {
  name: 'answers to COMMIT lost',
  async play(stage) {
    const { answers } = stage.hits;
    while (stage.hits.answers === answers) {
      const before = await stage.moved();
      const hangUp = stage.line.cutAnswers();
      await nobodyWorks(stage);
      if ((await stage.moved()) > before) stage.hits.answers += 1;
      hangUp();
      await stage.progress(1);
    }
  },
};

/** Waits until the server has done all that it was told, but for what waits for a lock of another one that is cut off. */
async function nobodyWorks({ admin }: OutboxStage): Promise<void> {
  await waitFor('the server to have done what it heard', async () => {
    const { rows } = await admin.query(
      `select from pg_stat_activity
      where datname = current_database() and backend_type = 'client backend' and application_name <> 'faults'
        and state = 'active' and wait_event_type is distinct from 'Lock'`,
    );
    return rows.length === 0;
  });
}
