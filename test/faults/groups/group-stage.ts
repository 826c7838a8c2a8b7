import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Database, type EmbeddedPostgres } from '#postgres';
import { openTopic } from '#schemas';
import { startTestServer, TestDatabase, waitFor } from '#testing';
import { ChildProgram } from '../child-program.js';
import { installHalts, installTurnHalt } from '../halts.js';
import { noGroupHits, type GroupHits } from './group-hits.js';
import type { GroupHistory, PlayedGroup } from './group-history.js';
import { installLedger } from './group-ledger.js';
import { letters, parcels, TOPICS } from './letters.js';
import { LedgerWatch } from './ledger-watch.js';
import { MemberProcess, type MemberCall } from './members/member-process.js';
import type { ProducerOrder } from './producers/producer-main.js';
import { readLedger } from './read-ledger.js';

/** Who is on stage beside the server. */
export interface GroupCast {
  readonly random: () => number;
  readonly members: readonly MemberCall[];
  readonly producers: number;
}

/** The groups of a run, by name. */
export const GROUPS: readonly PlayedGroup[] = [
  { group: 'exact', topics: [letters.name], exact: true },
  { group: 'listeners', topics: [letters.name], exact: false },
  { group: 'consumers', topics: [letters.name, parcels.name], exact: false },
  { group: 'crowd', topics: [letters.name], exact: false },
];

/** Fifty members have up to four connections each. */
const SETTINGS = { max_connections: '400' };
/** The machine may be busy with something else. */
const PATIENCE_MS = 90_000;

/** A server of its own with topics and a ledger of what becomes of groups, members and producers in processes, halts. */
export class GroupStage {
  readonly server: EmbeddedPostgres;
  /** What waits or kills goes by this. */
  readonly admin: Database;
  readonly watch: LedgerWatch;
  readonly hits: GroupHits = noGroupHits();
  readonly random: () => number;
  /** Those that run; one that was killed is replaced. */
  readonly members: MemberProcess[] = [];
  readonly #database: TestDatabase;
  readonly #all: MemberProcess[] = [];
  readonly #producers: ChildProgram[] = [];
  readonly #folder = mkdtempSync(join(tmpdir(), 'postamt-faults-'));

  private constructor(
    server: EmbeddedPostgres,
    database: TestDatabase,
    random: () => number,
  ) {
    this.server = server;
    this.#database = database;
    this.random = random;
    this.admin = new Database({
      connection: database.connectionString,
      applicationName: 'faults',
    });
    this.watch = new LedgerWatch(this.admin);
  }

  /**
   * Sets the stage, plays, lets everything be consumed, and takes the stage down. A play that came to nothing has a
   * history too: `failure` says what it failed with.
   */
  static async with(
    cast: GroupCast,
    play: (stage: GroupStage) => Promise<void>,
  ): Promise<{ history: GroupHistory; hits: GroupHits; failure: unknown }> {
    const server = await startTestServer(SETTINGS);
    try {
      const database = await TestDatabase.create(server.connectionString);
      const stage = new GroupStage(server, database, cast.random);
      let failure: unknown;
      try {
        await stage.#enter(cast);
        await play(stage);
      } catch (error) {
        failure = error;
      }
      try {
        failure ??= await stage.#drain();
        return { history: await stage.#history(), hits: stage.hits, failure };
      } finally {
        await stage.#takeDown();
      }
    } finally {
      await server.stop();
    }
  }

  /** The groups that have members. */
  get groups(): readonly PlayedGroup[] {
    const played = new Set(this.#all.map(({ order }) => order.group));
    return GROUPS.filter(({ group }) => played.has(group));
  }

  /** Starts members in a process of their own. */
  async call(call: MemberCall): Promise<MemberProcess> {
    const name = `${call.kind.replace(' ', '-')}-${this.#all.length + 1}`;
    const order = {
      ...call,
      name,
      connectionString: this.#database.connectionString,
      seed: Math.floor(this.random() * 2 ** 31),
      file: join(this.#folder, `${name}.jsonl`),
    };
    const member = await MemberProcess.start(order, this.server.port);
    this.members.push(member);
    this.#all.push(member);
    return member;
  }

  /** One of the members for which `fits` holds. */
  anyMember(
    fits: (member: MemberProcess) => boolean = () => true,
  ): MemberProcess {
    const fitting = this.members.filter(fits);
    const at = Math.floor(this.random() * fitting.length);
    if (fitting.length === 0) throw new Error('there is no such member');
    return fitting[at] as MemberProcess;
  }

  /** Kills members (SIGKILL), and starts others like them in their place. */
  async replace(member: MemberProcess): Promise<MemberProcess> {
    await this.kill(member);
    return this.call(member.order);
  }

  async kill(member: MemberProcess): Promise<void> {
    this.#remove(member);
    await member.close();
  }

  /** Has members finish what is under way and leave. */
  async dismiss(member: MemberProcess): Promise<void> {
    this.#remove(member);
    await member.leave();
  }

  /** The members that the session of a process id belongs to. */
  async memberOf(pid: number): Promise<MemberProcess | undefined> {
    const name = await this.watch.applicationOf(pid);
    return this.members.find(
      (member) => name === member.name || name?.startsWith(`${member.name}.`),
    );
  }

  /** Waits until each group has committed more. */
  async progress(): Promise<void> {
    const from = await this.watch.position();
    const isOver = () => this.#ended() !== undefined;
    await this.watch.commits(this.groups, { from, isOver });
    this.#requireRunning();
  }

  /** Kills the server (SIGKILL of the postmaster) and starts it again. */
  async crash(): Promise<void> {
    await this.server.crash();
    this.hits.servers += 1;
    await this.server.restart();
  }

  #remove(member: MemberProcess): void {
    const at = this.members.indexOf(member);
    if (at >= 0) this.members.splice(at, 1);
  }

  /** Who has ended by himself, which nobody does. */
  #ended(): ChildProgram | undefined {
    const all = [...this.members, ...this.#producers];
    return all.find(({ runs }) => !runs);
  }

  #requireRunning(): void {
    const ended = this.#ended();
    if (ended) throw ended.ended();
  }

  async #enter({ members, producers }: GroupCast): Promise<void> {
    for (const topic of TOPICS) await openTopic(this.admin, topic);
    await installLedger(this.admin);
    await installHalts(this.admin, 'committed_offsets');
    await installTurnHalt(this.admin);
    for (let n = 0; n < producers; n += 1) this.#produce(`producer-${n}`);
    for (const call of members) await this.call(call);
    await this.progress();
  }

  #produce(name: string): void {
    const order: ProducerOrder = {
      name,
      connectionString: this.#database.connectionString,
      seed: Math.floor(this.random() * 2 ** 31),
    };
    const program = 'test/faults/groups/producers/producer-main.ts';
    this.#producers.push(new ChildProgram(name, program, order));
  }

  /** Waits until all is consumed and has everybody leave; what it failed with, else undefined. */
  async #drain(): Promise<unknown> {
    try {
      const producers = this.#producers.splice(0);
      await Promise.all(producers.map((producer) => producer.stop()));
      await waitFor(
        'everything to be consumed',
        () => this.#ended() !== undefined || this.watch.isDrained(this.groups),
        { timeoutMs: PATIENCE_MS, intervalMs: 100 },
      );
      this.#requireRunning();
      await Promise.all([...this.members].map((each) => this.dismiss(each)));
      return undefined;
    } catch (error) {
      return error;
    }
  }

  async #history(): Promise<GroupHistory> {
    await Promise.all(this.#all.map((member) => member.close()));
    const told = this.#all.flatMap((member) => member.events());
    const names = TOPICS.map(({ name }) => name);
    const read = await readLedger(this.admin, names);
    return { ...read, told, groups: this.groups };
  }

  async #takeDown(): Promise<void> {
    await Promise.all(this.#producers.map((producer) => producer.kill()));
    await Promise.all(this.#all.map((member) => member.close()));
    await this.admin.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
