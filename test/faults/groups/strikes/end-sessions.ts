import type { Strike } from './strike.js';

/** Half of all sessions, of members and producers, are ended wherever they are. */
export const endSessions: Strike = {
  name: 'sessions ended',
  async play(stage) {
    const { rows } = await stage.admin.query(
      `select pid from pg_stat_activity
      where datname = current_database() and backend_type = 'client backend' and application_name <> 'faults'`,
    );
    const pids = rows
      .map(({ pid }) => pid as number)
      .filter(() => stage.random() < 0.5);
    const { rows: ended } = await stage.admin.query(
      'select pg_terminate_backend(pid, 10000) as ended from unnest($1::int[]) as pid',
      [pids],
    );
    stage.hits.sessions += ended.filter((row) => row.ended).length;
  },
};

/** The postmaster is killed whenever it happens to be. */
export const killServer: Strike = {
  name: 'server killed',
  play: (stage) => stage.crash(),
};
