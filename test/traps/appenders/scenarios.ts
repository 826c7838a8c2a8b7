import type { Violation } from '#testing';
import type { Appender } from './appender.js';
import type { LogScene } from './log-scene.js';

/**
 * A second append begins while the first one stands before its COMMIT, and is longer: where both begin at one offset,
 * they do not end at one. Whoever is not held up commits first.
 */
export async function secondAppendMeetsAnOpenOne(
  scene: LogScene,
  appender: Appender,
): Promise<Violation[]> {
  await (await appender.open(['z'])).finish();
  const first = await appender.open(['a']);
  const second = appender.open(['b', 'c']);
  if (await scene.stage.heldUp(second)) {
    await first.finish();
    await (await second).finish();
  } else {
    await (await second).finish();
    await first.finish();
  }
  return scene.violations();
}
