import { whileHalted } from '../../halts.js';
import type { GroupStage } from '../group-stage.js';
import type { MemberProcess } from '../members/member-process.js';
import type { Strike } from './strike.js';

const CLOSED_PORT = 1;

/** A member is stopped inside its handler until it was replaced and others went on, and is continued then. */
export const stopInHandler: Strike = {
  name: 'member stopped for longer than its session',
  async play(stage) {
    const member = stage.anyMember(isLoose);
    await member.pauseInsideHandler();
    await outlive(stage, member, async () => member.resume());
    stage.hits.stopped += 1;
  },
};

/** The same between the check of a commit and its COMMIT: whoever replaces it has to end its session. */
export const stopInCommit: Strike = {
  name: 'member stopped between the check of a commit and its COMMIT',
  async play(stage) {
    const { stalled } = stage.hits;
    while (stage.hits.stalled === stalled)
      await whileHalted(stage.admin, 'open', async (pids) => {
        const member = await stage.memberOf(pids[0] as number);
        if (!member || !isLoose(member)) return;
        const from = await stage.watch.position();
        member.pause();
        await stage.watch.removed(member.name, from);
        member.resume();
        stage.hits.stopped += 1;
        stage.hits.stalled += 1;
      });
  },
};

/** A member cannot reach Postgres for longer than its session, and can again. */
export const cutOff: Strike = {
  name: 'member cut off from Postgres',
  async play(stage) {
    const member = stage.anyMember(isLoose);
    member.line.turnTo(CLOSED_PORT);
    await outlive(stage, member, async () =>
      member.line.turnTo(stage.server.port),
    );
    stage.hits.cut += 1;
  },
};

/** What a member says is heard, and it hears no answer. */
export const loseAnswers: Strike = {
  name: 'answers to a member lost',
  async play(stage) {
    const member = stage.anyMember(isLoose);
    const hangUp = member.line.cutAllAnswers();
    await outlive(stage, member, async () => hangUp());
    stage.hits.cut += 1;
  },
};

/** Waits until a member was removed and others went on, lets it go on, and waits until it is back. */
async function outlive(
  stage: GroupStage,
  member: MemberProcess,
  goOn: () => Promise<void>,
): Promise<void> {
  const from = await stage.watch.position();
  await stage.watch.removed(member.name, from);
  await stage.progress();
  await goOn();
  await stage.watch.joined(member.name, from);
}

function isLoose({ order }: MemberProcess): boolean {
  return order.instanceId === undefined;
}
