// testing: databases for specs, waiters, leak check, reading a log back, the history checker. For specs and benches.
// May import: kernel, records, postgres, log.
// Words: template, leak, history, violation.
export {
  checkHistory,
  HISTORY_RULES,
  type CommittedEvent,
  type History,
  type HistoryRule,
  type LogEntry,
  type Violation,
} from './check-history.js';
export { findLeaks } from './find-leaks.js';
export { readLog, type PlacedRecord } from './read-log.js';
export { startTestServer } from './start-test-server.js';
export { TestDatabase } from './test-database.js';
export {
  useDatabase,
  type SpecDatabase,
  type TestHooks,
} from './use-database.js';
export { waitFor, type WaitOptions } from './wait-for.js';
