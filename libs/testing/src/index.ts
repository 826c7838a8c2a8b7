// testing: databases for specs, waiters, leak check, reading a log back, history checkers, standbys. For specs and benches.
// May import: kernel, records, postgres, log.
// Words: template, leak, history, violation, standby.
export {
  checkHistory,
  HISTORY_RULES,
  type CommittedEvent,
  type History,
  type HistoryRule,
  type LogEntry,
  type Violation,
} from './check-history.js';
export {
  checkLogHistory,
  eventsAbout,
} from './log-history/check-log-history.js';
export type {
  Incident,
  LogEvent,
  LogHistory,
  Polled,
  Positioned,
  SendAcks,
  SendEnded,
  SendInvoked,
  StoredValue,
} from './log-history/log-event.js';
export {
  LOG_RULES,
  type LogRule,
  type LogViolation,
} from './log-history/log-violation.js';
export { findLeaks } from './find-leaks.js';
export { HalfOpenProxy } from './half-open-proxy.js';
export { readLog, type PlacedRecord } from './read-log.js';
export { Standby } from './standby/standby.js';
export { startStandby, type StandbyOptions } from './standby/start-standby.js';
export { startTestServer } from './start-test-server.js';
export { TestDatabase } from './test-database.js';
export {
  useDatabase,
  type SpecDatabase,
  type TestHooks,
} from './use-database.js';
export { waitFor, type WaitOptions } from './wait-for.js';
