import { whileHalted, type Halt } from '../../halts.js';
import type { OutboxStage } from '../outbox-stage.js';
import type { Strike } from './strike.js';

/** Sessions of relays are ended (`pg_terminate_backend`) while they stand at a halt. */
function endSessionsAt(halt: Halt, name: string): Strike {
  return {
    name,
    async play(stage) {
      await whileHalted(stage.admin, halt, async (pids) => {
        stage.hits[halt] += await endSessions(stage, pids);
      });
    },
  };
}

export const endInMove = endSessionsAt(
  'open',
  'sessions ended inside an open move',
);
export const endInCommit = endSessionsAt(
  'commit',
  'sessions ended inside COMMIT',
);

/** Half of all sessions, of writers and relays, are ended wherever they are. */
export const endAnywhere: Strike = {
  name: 'sessions ended anywhere',
  async play(stage) {
    const { rows } = await stage.admin.query(
      `select pid from pg_stat_activity
      where datname = current_database() and backend_type = 'client backend' and application_name <> 'faults'`,
    );
    const pids = rows.map(({ pid }) => pid as number);
    await endSessions(
      stage,
      pids.filter(() => stage.random() < 0.5),
    );
  },
};

async function endSessions(
  stage: OutboxStage,
  pids: readonly number[],
): Promise<number> {
  const { rows } = await stage.admin.query(
    'select pg_terminate_backend(pid, 10000) as ended from unnest($1::int[]) as pid',
    [pids],
  );
  const ended = rows.filter((row) => row.ended).length;
  stage.hits.sessions += ended;
  return ended;
}
