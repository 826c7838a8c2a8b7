import { addPartitions, describeTopic } from '#log';
import { letters } from '../letters.js';
import { GROUPS, type GroupStage } from '../group-stage.js';
import type { Strike } from './strike.js';

const MOST_PARTITIONS = 12;
const CROWD = 50;

/** A member joins, and is waited for; another one leaves (SIGTERM). */
export const joinAndLeave: Strike = {
  name: 'members join and leave',
  async play(stage) {
    const example = stage.anyMember(({ order }) => !order.instanceId);
    const joining = await stage.call(example.order);
    await stage.watch.joined(joining.name, 0);
    stage.hits.joined += 1;
    await stage.dismiss(example);
    stage.hits.left += 1;
  },
};

/** A topic gets one more partition, which every group has to find. */
export const addPartition: Strike = {
  name: 'partition added',
  async play(stage) {
    const { partitions } = await describeTopic(stage.admin, letters.name);
    if (partitions.length >= MOST_PARTITIONS) return;
    await addPartitions(stage.admin, letters.name, partitions.length + 1);
    stage.hits.partitions += 1;
    for (const group of stage.groups) await stage.watch.settled(group);
  },
};

function stayingIn(stage: GroupStage, group: string): number {
  const own = stage.members.filter(({ order }) => order.group === group);
  return own.filter(({ order }) => order.members === 1).length;
}

/** Fifty members join a group at once, half of them are killed at once, the others leave. */
export const fiftyJoin: Strike = {
  name: 'fifty members join at once',
  async play(stage) {
    const half = { group: 'crowd', kind: 'plain', members: CROWD / 2 } as const;
    const crowd = [await stage.call(half), await stage.call(half)];
    for (const { name } of crowd)
      await stage.watch.joined(name, 0, half.members);
    stage.hits.crowd += CROWD;
    const played = GROUPS.filter(({ group }) => group === 'crowd');
    for (const group of played) await stage.watch.settled(group);
    await stage.progress();
    const [killed, leaving] = crowd as [(typeof crowd)[0], (typeof crowd)[0]];
    await stage.kill(killed);
    while (stayingIn(stage, 'crowd') < 2)
      await stage.call({ ...half, members: 1 });
    await stage.dismiss(leaving);
  },
};
