import { waitFor } from '#testing';
import { whileHalted, type Halt } from '../../halts.js';
import type { GroupStage } from '../group-stage.js';
import type { MemberCall, MemberProcess } from '../members/member-process.js';
import type { Strike } from './strike.js';

/** A member is killed (SIGKILL) inside its handler. */
export const killInHandler: Strike = {
  name: 'member killed inside its handler',
  async play(stage) {
    const member = stage.anyMember();
    await member.pauseInsideHandler();
    await stage.replace(member);
    stage.hits.handler += 1;
  },
};

/** Members are killed while a commit of theirs stands at a halt: the server goes on with it as far as it was told. */
function killAt(halt: Halt, hit: 'commit' | 'checked', name: string): Strike {
  return {
    name,
    async play(stage) {
      await whileHalted(stage.admin, halt, async (pids) => {
        stage.hits[hit] += await replaceOwners(stage, pids);
      });
    },
  };
}

export const killInCommit = killAt(
  'commit',
  'commit',
  'member killed inside COMMIT of an offset',
);
export const killBehindCheck = killAt(
  'open',
  'checked',
  'member killed between the check of a commit and its COMMIT',
);

/** One more member joins, and whoever takes the turn of that is killed in its midst; then it is one less again. */
export const killInJoin: Strike = {
  name: 'member killed inside the turn of a join',
  async play(stage) {
    const { order } = stage.anyMember(isLoose);
    await stage.call(order);
    await killInTurn(stage);
    const last = stage.members.findLast((each) => isLike(each, order));
    await stage.dismiss(last as MemberProcess);
  },
};

/** A member is killed and replaced, and so is whoever takes a turn of that. */
export const killInTurnOfDead: Strike = {
  name: 'member killed inside the turn that removes a dead one',
  async play(stage) {
    await stage.replace(stage.anyMember(isLoose));
    await killInTurn(stage);
  },
};

async function killInTurn(stage: GroupStage): Promise<void> {
  await whileHalted(stage.admin, 'turn', async (pids) => {
    stage.hits.rebalance += await replaceOwners(stage, pids);
  });
}

function isLike(member: MemberProcess, { group, kind }: MemberCall): boolean {
  const { order } = member;
  return isLoose(member) && order.group === group && order.kind === kind;
}

/** A member that is asked for a partition is killed before it gives it up. */
export const killWhileAsked: Strike = {
  name: 'member killed while it is asked for a partition',
  async play(stage) {
    for (;;) {
      const joining = await stage.call(stage.anyMember(isLoose).order);
      const asked = await haltAsked(stage);
      if (asked) {
        await stage.replace(asked);
        stage.hits.rebalance += 1;
      }
      await stage.dismiss(joining);
      if (asked) return;
    }
  },
};

/** Halts the members that work, and looks at who of them is asked for something; undefined when nobody was in time. */
async function haltAsked(
  stage: GroupStage,
): Promise<MemberProcess | undefined> {
  const before = [...stage.members];
  const from = await stage.watch.position();
  const joining = before.at(-1) as MemberProcess;
  const others = before.filter(
    (each) => each !== joining && each.order.group === joining.order.group,
  );
  for (;;) {
    others.forEach((each) => each.pause());
    const names = await stage.watch.asked();
    const asked = others.find(({ name }) => names.includes(name));
    for (const each of others) if (each !== asked) each.resume();
    if (asked) return asked;
    if (await hasSettled(stage, joining, from)) return undefined;
  }
}

/** Whether a member has joined and been given what it is to have: nobody is asked any more. */
async function hasSettled(
  stage: GroupStage,
  { name }: MemberProcess,
  from: number,
): Promise<boolean> {
  const { rows } = await stage.admin.query(
    `select from public.owner_history as given
    join public.member_history as joined on joined.member = given.owner
    where joined.who = $1 and given.number > $2`,
    [name, from],
  );
  return rows.length > 0;
}

async function replaceOwners(
  stage: GroupStage,
  pids: readonly number[],
): Promise<number> {
  let replaced = 0;
  for (const pid of pids) {
    const member = await stage.memberOf(pid);
    if (!member) continue;
    await stage.replace(member);
    replaced += 1;
  }
  return replaced;
}

function isLoose({ order }: MemberProcess): boolean {
  return order.instanceId === undefined;
}

/** Static members come back under their names, at once, after a kill and after they have left. */
export const restartStatic: Strike = {
  name: 'static member restarted',
  async play(stage) {
    const killed = await stage.replace(
      stage.anyMember((each) => !isLoose(each)),
    );
    await stage.watch.joined(killed.name, 0);
    stage.hits.restarted += 1;
    await stage.dismiss(killed);
    const again = await stage.call(killed.order);
    await stage.watch.joined(again.name, 0);
    stage.hits.restarted += 1;
    await waitFor('it to run', () => again.runs);
  },
};
