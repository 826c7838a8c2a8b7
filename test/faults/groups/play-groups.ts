import { inspect } from 'node:util';
import { seededRandom } from '../../support/seeded-random.js';
import type { GroupHistory } from './group-history.js';
import type { GroupHits } from './group-hits.js';
import { GroupStage } from './group-stage.js';
import { checkGroups } from './judge/check-groups.js';
import { describeGroups, writeGroupHistory } from './judge/describe-groups.js';
import type { GroupRule } from './judge/group-violation.js';
import type { MemberCall } from './members/member-process.js';
import type { Strike } from './strikes/strike.js';

/** How a round is to be played. */
export interface GroupPlay {
  readonly seed: number;
  readonly members: readonly MemberCall[];
  /** Each strikes once at the least, in an order of chance, and all again until `deadline`. */
  readonly strikes: readonly Strike[];
  /** In milliseconds since 1970. */
  readonly deadline: number;
  readonly print: (line: string) => void;
}

/** What says nothing of a round that did not come to its end. */
const UNFINISHED: readonly GroupRule[] = ['lost', 'behind'];

/**
 * Plays a round, judges what is left and prints what came of it. Resolves to what the faults hit; to undefined when a
 * rule is broken or the round did not come to its end, with the history in a file and the part that shows it printed.
 */
export async function playGroups(
  play: GroupPlay,
): Promise<GroupHits | undefined> {
  const { seed, print, members } = play;
  const cast = { random: seededRandom(seed), members, producers: 1 };
  try {
    const { history, hits, failure } = await GroupStage.with(cast, (stage) =>
      strikeUntilDone(stage, play),
    );
    const violations = checkGroups(history).filter(
      ({ rule }) => failure === undefined || !UNFINISHED.includes(rule),
    );
    print(`${summary(history)}, ${violations.length} violations`);
    if (violations.length === 0 && failure === undefined) return hits;
    if (failure !== undefined) print(inspect(failure));
    print(describeGroups(history, violations));
    const file = writeGroupHistory(`groups-${seed}`, history);
    print(`the whole history: ${file}`);
  } catch (error) {
    print(inspect(error));
  }
  return undefined;
}

async function strikeUntilDone(
  stage: GroupStage,
  { strikes, deadline, print }: GroupPlay,
): Promise<void> {
  do {
    for (const strike of shuffled(strikes, stage.random)) {
      const begun = Date.now();
      try {
        await strike.play(stage);
        await stage.progress();
      } catch (error) {
        throw new Error(`"${strike.name}" came to nothing`, { cause: error });
      }
      print(`  ${strike.name}: ${Date.now() - begun} ms`);
    }
  } while (Date.now() < deadline);
}

function shuffled<T>(list: readonly T[], random: () => number): T[] {
  const drawn = list.map((item) => ({ item, at: random() }));
  return drawn.toSorted((a, b) => a.at - b.at).map(({ item }) => item);
}

function summary({
  log,
  told,
  commits,
  effects,
  owners,
}: GroupHistory): string {
  const works = told.filter(({ kind }) => kind === 'begun').length;
  const handed = owners.filter(({ owner }) => owner !== null).length;
  return `${log.length} records, handled in ${works} calls, ${commits.length} offsets committed, ${effects.length} effects, partitions handed over ${handed} times`;
}
