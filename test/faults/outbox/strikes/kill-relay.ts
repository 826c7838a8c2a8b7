import { waitFor } from '#testing';
import { whileHalted } from '../../halts.js';
import type { OutboxStage } from '../outbox-stage.js';
import type { Strike } from './strike.js';

/** A relay is killed (SIGKILL) between the two halves of a move: its shards are locked, nothing is written. */
export const killRelayInMove: Strike = {
  name: 'relay killed inside an open move',
  async play(stage) {
    const relay = stage.anyRelay();
    await relay.pauseInsideMove(stage.admin);
    await stage.replace(relay);
    stage.hits.relays += 1;
    stage.hits.open += 1;
  },
};

/** Relays are killed while their sessions stand inside COMMIT: the server goes on, and nobody hears of it. */
export const killRelayInCommit: Strike = {
  name: 'relay killed inside COMMIT',
  async play(stage) {
    await whileHalted(stage.admin, 'commit', async (pids) => {
      for (const pid of pids) await killOwner(stage, pid);
    });
  },
};

async function killOwner(stage: OutboxStage, pid: number): Promise<void> {
  const relay = await stage.relayOf(pid);
  if (!relay) return;
  await stage.replace(relay);
  stage.hits.relays += 1;
  stage.hits.commit += 1;
}

/** A relay is halted inside a move until the server has ended its session, and then goes on. */
export const haltRelay: Strike = {
  name: 'relay halted for longer than its session lives',
  async play(stage) {
    for (;;) {
      const relay = stage.anyRelay();
      const session = await relay.pauseInsideMove(stage.admin);
      const outlived = await outlives(stage, session);
      if (outlived) await stage.progress(1);
      relay.resume();
      if (!outlived) continue;
      stage.hits.halted += 1;
      return;
    }
  },
};

/**
 * Waits until the server has ended a session. False when it has ended the move instead: the relay had sent all of that
 * before it was halted.
 */
async function outlives(stage: OutboxStage, session: number): Promise<boolean> {
  const outcome = await waitFor(
    'the server to end the session of a halted relay',
    async () => {
      const { rows } = await stage.admin.query(
        'select xact_start is null as through from pg_stat_activity where pid = $1',
        [session],
      );
      if (rows.length === 0) return 'ended';
      return rows[0]?.through === true && 'through';
    },
    { timeoutMs: 60_000, intervalMs: 50 },
  );
  return outcome === 'ended';
}
