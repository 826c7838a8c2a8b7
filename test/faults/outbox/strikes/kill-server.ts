import { whileHalted, type Halt } from '../../halts.js';
import type { Strike } from './strike.js';

/** The postmaster is killed (SIGKILL) while moves stand at a halt, and started again. */
function killServerAt(halt: Halt, name: string): Strike {
  return {
    name,
    async play(stage) {
      await whileHalted(stage.admin, halt, async (pids) => {
        stage.hits[halt] += pids.length;
        await stage.crash();
      });
    },
  };
}

export const killServerInMove = killServerAt(
  'open',
  'server killed inside an open move',
);
export const killServerInCommit = killServerAt(
  'commit',
  'server killed inside COMMIT',
);

/** The postmaster is killed whenever it happens to be. */
export const killServerAnywhere: Strike = {
  name: 'server killed anywhere',
  play: (stage) => stage.crash(),
};

/** The backend of one move is killed (SIGKILL) at a halt: the server ends all others too, and recovers by itself. */
function killBackendAt(halt: Halt, name: string): Strike {
  return {
    name,
    async play(stage) {
      await whileHalted(stage.admin, halt, async (pids) => {
        stage.hits[halt] += pids.length;
        await stage.killBackend(pids[0] as number);
      });
    },
  };
}

export const killBackendInMove = killBackendAt(
  'open',
  'backend killed inside an open move',
);
export const killBackendInCommit = killBackendAt(
  'commit',
  'backend killed inside COMMIT',
);
