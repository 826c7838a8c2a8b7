import { expect, it } from '@jest/globals';
import { playScenario } from './log/play-scenario.js';
import type { Scenario } from './log/scenario.js';
import { endInAppend, endInCommit } from './log/scenarios/end-sessions.js';
import { failOver } from './log/scenarios/fail-over.js';
import { killInCommit } from './log/scenarios/kill-server.js';
import { loseAnswers } from './log/scenarios/lose-answers.js';
import { loseTail } from './log/scenarios/lose-tail.js';

/** The short version of `npm run faults -- log`: each strikes once, and halts nobody for long. */
async function play(scenario: Scenario) {
  const printed: string[] = [];
  const print = (line: string) => void printed.push(line);
  const hits = await playScenario(scenario, {
    seed: 1,
    strikes: 1,
    pauseMs: 0,
    print,
  });
  if (!hits) throw new Error(printed.join('\n'));
  return hits;
}

it('sessions that are ended inside an open append lose and double nothing', async () => {
  expect((await play(endInAppend)).open).toBeGreaterThan(0);
});

it('sessions that are ended inside COMMIT lose and double nothing', async () => {
  expect((await play(endInCommit)).commit).toBeGreaterThan(0);
});

it('a server that is killed inside COMMIT loses and doubles nothing', async () => {
  const { commit, servers } = await play(killInCommit);
  expect(commit).toBeGreaterThan(0);
  expect(servers).toBe(1);
});

it('answers to COMMIT that are lost lose and double nothing', async () => {
  expect((await play(loseAnswers)).answers).toBeGreaterThan(0);
});

it('with acks=0 a kill of the server takes a tail at the most', async () => {
  expect((await play(loseTail)).servers).toBe(1);
});

it('a promotion takes nothing that was acknowledged with acks=all, and tells readers of what it takes', async () => {
  expect((await play(failOver)).servers).toBe(1);
});
