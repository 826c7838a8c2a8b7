import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
} from '@jest/globals';
import { Membership } from '#groups';
import { Catalogue, createTopic } from '#log';
import type { Database } from '#postgres';
import { useDatabase } from '#testing';
import { captureCli } from '../fixtures/captured-cli.js';
import { reading } from './fixtures/reading-group.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });
let db: Database;

beforeEach(() => {
  db = database.open();
});

const target = () => ['--database-url', database.connectionString, 'groups'];
const cli = (...args: string[]) => captureCli(...target(), ...args);

/** What a command printed, which must have gone well. */
async function printed(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await cli(...args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

async function printedJson(...args: string[]): Promise<unknown> {
  return JSON.parse(await printed(...args, '--json')) as unknown;
}

describe('postamt groups list and describe', () => {
  it('shows lag in records and in time, partition by partition', async () => {
    await reading(db, 'lagging', 'doors', [3n, 5n]);
    const text = await printed('describe', 'lagging');
    expect(text).toMatch(/^group +lagging\nstate +EMPTY\n/);
    expect(text).toMatch(/^lag +2\noldest unread +2 h$/m);
    expect(text).toMatch(/^doors +0 +3 +5 +2 +2 h +- +- +-$/m);
    expect(text).toMatch(/^doors +1 +5 +5 +0 +- +- +- +-$/m);
    expect(await printed('list')).toMatch(/^lagging +EMPTY +0 +0 +doors$/m);
    expect(await printedJson('list')).toMatchObject([
      { name: 'lagging', state: 'EMPTY', topics: ['doors'] },
    ]);
    expect(await printedJson('describe', 'lagging')).toMatchObject({
      name: 'lagging',
      partitions: [
        {
          topic: 'doors',
          partition: 0,
          committedOffset: '3',
          logEndOffset: '5',
          lag: '2',
          lagMs: expect.any(Number),
        },
        { lag: '0', lagMs: null },
      ],
    });
  });

  it('shows members, their hosts and what they have', async () => {
    await createTopic(db, { name: 'rooms', partitions: 2 });
    const membership = await Membership.join(db, {
      group: 'team',
      topics: ['rooms'],
      clientId: 'web',
    });
    const { memberId } = membership;
    const members = await printed('describe', 'team', '--members');
    expect(members).toMatch(/^state +STABLE$/m);
    expect(members).toMatch(
      new RegExp(
        `^web +${memberId} +- .* here .* sticky +rooms +rooms:0,1 `,
        'm',
      ),
    );
    expect(await printed('describe', 'team')).toMatch(
      new RegExp(`^rooms +1 +- +0 +- +- +${memberId} +web `, 'm'),
    );
    expect(await printedJson('describe', 'team', '--members')).toMatchObject({
      members: [{ memberId, clientId: 'web', condition: 'here' }],
    });
    expect(await printedJson('describe', 'team', '--state')).toMatchObject({
      state: 'STABLE',
      members: 1,
      partitions: 2,
    });
    const refused = await cli(
      'reset-offsets',
      'team',
      '--topic',
      'rooms',
      '--to-latest',
      '--yes',
    );
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(
        'NON_EMPTY_GROUP: group team has members (web)',
      ),
    });
    const subscribed = await cli(
      'delete-offsets',
      'team',
      '--topic',
      'rooms',
      '--yes',
    );
    expect(subscribed.stderr).toContain('GROUP_SUBSCRIBED_TO_TOPIC');
    await membership.leave();
  });

  it('shows all groups where none is named, and what cannot be read as such', async () => {
    await reading(db, 'blind', 'dark', [1n, 1n]);
    const { leaf } = await new Catalogue(db).topic('dark');
    await db.query(`drop table ${db.schema}.${leaf}`);
    const all = await printed('describe');
    expect(all).toMatch(/^group +blind$/m);
    expect(all).toMatch(/^group +lagging$/m);
    expect(all).toMatch(/^dark +0 +1 +\? +\? +\? /m);
    expect(all).toMatch(/^lag +0 or more$/m);
    expect(all).toMatch(/^dark-1: STALE_LEAF: /m);
    const json = (await printedJson('describe')) as { name: string }[];
    expect(json.map(({ name }) => name)).toContain('blind');
    expect(await printedJson('describe', 'blind')).toMatchObject({
      partitions: [{ lag: null, error: { code: 'STALE_LEAF' } }, {}],
    });
    expect((await cli('describe', 'nobody')).stderr).toContain(
      'GROUP_ID_NOT_FOUND: there is no group "nobody"',
    );
  });
});
