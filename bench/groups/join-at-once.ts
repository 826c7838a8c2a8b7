import { ensureTopic } from '#log';
import { waitFor } from '#testing';
import type { Bench } from '../bench.ts';
import { reported, type Figure } from '../figure.ts';
import { settled } from './group-state.ts';
import { withMembers } from './members-child.ts';
import { numberTopic } from './number-topic.ts';

const PROCESSES = 10;
const MEMBERS = 5;
const PARTITIONS = 100;

/** Fifty members that join an empty group at once, until each has its share. */
export async function joinAtOnce(bench: Bench): Promise<Figure[]> {
  const { connectionString } = bench;
  const topic = bench.newName('join');
  await ensureTopic(bench.db, numberTopic(topic, PARTITIONS));
  const asked = { connectionString, topic, group: topic, members: MEMBERS };
  const members = PROCESSES * MEMBERS;
  const seconds = await withMembers(PROCESSES, asked, async (children) => {
    const began = performance.now();
    const joined = Promise.all(children.map(async (each) => each.ask('join')));
    await waitFor('each member to have its share', async () => {
      const found = await settled(bench.db, topic);
      return found.members === members && found.partitions === PARTITIONS;
    });
    const ended = performance.now();
    await joined;
    return (ended - began) / 1_000;
  });
  return [
    reported(
      'join',
      `${members} listeners in ${PROCESSES} processes join at once a group of ${PARTITIONS} partitions: until each has its share`,
      [seconds],
      (value) => `${value.toFixed(2)} s`,
    ),
  ];
}
