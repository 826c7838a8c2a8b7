import { endAnywhere, endInCommit, endInMove } from './end-session.js';
import { haltRelay, killRelayInCommit, killRelayInMove } from './kill-relay.js';
import {
  killBackendInCommit,
  killBackendInMove,
  killServerAnywhere,
  killServerInCommit,
  killServerInMove,
} from './kill-server.js';
import { loseAnswers } from './lose-answers.js';
import type { Strike } from './strike.js';

/** All faults that strike the outbox. */
export const STRIKES: readonly Strike[] = [
  killRelayInMove,
  killRelayInCommit,
  endInMove,
  endInCommit,
  endAnywhere,
  killBackendInMove,
  killBackendInCommit,
  killServerInMove,
  killServerInCommit,
  killServerAnywhere,
  haltRelay,
  loseAnswers,
];
