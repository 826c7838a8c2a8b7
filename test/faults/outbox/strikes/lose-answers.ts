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
      const cut = await sessions(stage);
      const hangUp = stage.line.cutAnswers();
      await silent(stage, cut);
      if ((await stage.moved()) > before) stage.hits.answers += 1;
      hangUp();
      await stage.progress(1);
    }
  },
};

const SESSIONS = `
  select pid from pg_stat_activity
  where datname = current_database() and backend_type = 'client backend' and application_name <> 'faults'`;

async function sessions({ admin }: OutboxStage): Promise<number[]> {
  const { rows } = await admin.query(SESSIONS);
  return rows.map(({ pid }) => pid as number);
}

/**
 * Waits until the server has done all that it was told in these sessions, but for what waits for a lock of another one.
 * Who connects meanwhile hears every answer, and may go on for as long as it likes.
 */
async function silent(
  { admin }: OutboxStage,
  pids: readonly number[],
): Promise<void> {
  await waitFor('the server to have done what it heard', async () => {
    const { rows } = await admin.query(
      `${SESSIONS} and pid = any ($1::int[])
        and state = 'active' and wait_event_type is distinct from 'Lock'`,
      [pids],
    );
    return rows.length === 0;
  });
}
