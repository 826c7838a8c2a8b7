import { addPartition, fiftyJoin, joinAndLeave } from './change-group.js';
import { endSessions, killServer } from './end-sessions.js';
import {
  killBehindCheck,
  killInCommit,
  killInHandler,
  killInJoin,
  killInTurnOfDead,
  killWhileAsked,
  restartStatic,
} from './kill-member.js';
import {
  cutOff,
  loseAnswers,
  stopInCommit,
  stopInHandler,
} from './stop-member.js';
import type { Strike } from './strike.js';

/** All faults that strike groups. */
export const STRIKES: readonly Strike[] = [
  killInHandler,
  killInCommit,
  killBehindCheck,
  killInJoin,
  killInTurnOfDead,
  killWhileAsked,
  stopInHandler,
  stopInCommit,
  cutOff,
  loseAnswers,
  endSessions,
  joinAndLeave,
  restartStatic,
  addPartition,
  fiftyJoin,
  killServer,
];

/** Those that strike within a few seconds, each of its kind once. */
export const QUICK_STRIKES: readonly Strike[] = [
  killInHandler,
  killInCommit,
  killInTurnOfDead,
  stopInHandler,
  stopInCommit,
  cutOff,
  endSessions,
  joinAndLeave,
  addPartition,
];
