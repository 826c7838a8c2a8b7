import type { Scenario } from '../scenario.js';
import { cancelWait } from './cancel-wait.js';
import { endInAppend, endInCommit } from './end-sessions.js';
import { failOver } from './fail-over.js';
import { fillDisk } from './fill-disk.js';
import { haltProducer } from './halt-producer.js';
import { killAnywhere, killInAppend, killInCommit } from './kill-server.js';
import { loseAnswers } from './lose-answers.js';
import { loseTail } from './lose-tail.js';
import { restartServer } from './restart-server.js';
import { standbyDies } from './standby-dies.js';

/** All scenarios of the log, in the order in which a run plays them. */
export const SCENARIOS: readonly Scenario[] = [
  endInAppend,
  endInCommit,
  killInAppend,
  killInCommit,
  killAnywhere,
  restartServer,
  haltProducer,
  loseAnswers,
  loseTail,
  fillDisk,
  standbyDies,
  cancelWait,
  failOver,
];
