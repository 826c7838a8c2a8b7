import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { Database, type EmbeddedPostgres } from '#postgres';
import {
  checkLogHistory,
  LOG_RULES,
  startTestServer,
  TestDatabase,
  type LogRule,
} from '#testing';
import * as appends from './broken-appends.js';
import * as reads from './broken-reads.js';
import { BrokenScene } from './broken-scene.js';

/** A cluster of its own: transactions are held open in it, and it is killed. */
let server: EmbeddedPostgres;
let database: TestDatabase;
const opened: Database[] = [];

beforeAll(async () => {
  server = await startTestServer();
  database = await TestDatabase.create(server.connectionString);
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((db) => db.close()));
});
afterAll(async () => {
  await database.drop();
  await server.stop();
});

function open(connection: string): Database {
  const db = new Database({ connection });
  opened.push(db);
  return db;
}

/** The test's database, on that server. */
function openAt(connection: string): Database {
  const url = new URL(connection);
  url.pathname = new URL(database.connectionString).pathname;
  return open(url.toString());
}

const BROKEN: readonly (readonly [
  rule: LogRule,
  what: string,
  play: (scene: BrokenScene) => Promise<void>,
])[] = [
  ['lost', 'acknowledges before COMMIT', appends.acknowledgesBeforeCommit],
  [
    'duplicate',
    'sends again without a sequence',
    (scene) =>
      appends.retriesWithoutSequence(scene, open, database.connectionString),
  ],
  [
    'inconsistent offsets',
    'goes on after a promotion in the same leader epoch',
    (scene) => reads.reusesOffsets(scene, server, openAt),
  ],
  [
    'aborted read',
    'takes a lost connection in COMMIT for a failure',
    (scene) =>
      appends.takesUnknownForFailed(scene, open, database.connectionString),
  ],
  ['never sent', 'adds markers of its own', appends.addsMarkers],
  ['gap', 'draws offsets from a sequence', appends.drawsOffsetsFromSequence],
  ['overlap', 'reads the head before the lock', appends.readsHeadBeforeLock],
  ['reader skip', 'reads on from the end of the log', reads.goesOnFromTheEnd],
  ['non-monotonic read', 'reads anew without a word', reads.beginsAnew],
  ['acks0 middle', 'drops what comes while it is busy', appends.dropsWhileBusy],
  ['order', 'lets a batch overtake another', appends.letsBatchesOvertake],
];

async function rulesBrokenBy(play: (scene: BrokenScene) => Promise<void>) {
  const scene = await BrokenScene.open(open(database.connectionString));
  await play(scene);
  const violations = checkLogHistory(await scene.history());
  return [...new Set(violations.map(({ rule }) => rule))];
}

it.each(BROKEN)(
  'the checker names "%s" of an engine that %s',
  async (rule, _what, play) => {
    expect(await rulesBrokenBy(play)).toEqual([rule]);
  },
);

it('the checker finds nothing in the same plays of an engine without these mistakes', async () => {
  expect(await rulesBrokenBy(reads.readsAndAppends)).toEqual([]);
});

it('there is a broken engine for each rule', () => {
  expect(BROKEN.map(([rule]) => rule).toSorted()).toEqual(
    [...LOG_RULES].toSorted(),
  );
});
