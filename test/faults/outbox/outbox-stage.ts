import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isPostamtError } from '#kernel';
import { describeTopic } from '#log';
import { Outbox } from '#outbox';
import { Database, type EmbeddedPostgres } from '#postgres';
import { startTestServer, TestDatabase, waitFor } from '#testing';
import { installHalts } from '../halts.js';
import { TcpSwitch } from '../tcp-switch.js';
import { createDesk, countCommitted } from './desk/desk-tables.js';
import { TOPICS } from './desk/topics.js';
import { WriterProcess } from './desk/writer-process.js';
import { noOutboxHits, type OutboxHits } from './outbox-hits.js';
import type { OutboxHistory, ShownStatus } from './outbox-history.js';
import { readHistory, readShown } from './read-history.js';
import { RelayChild } from './relay-child.js';

/** Who is on stage beside the server. */
export interface OutboxCast {
  readonly random: () => number;
  /** Writers, in so many processes. */
  readonly writers: number;
  readonly writerProcesses: number;
  readonly relays: number;
}

const DRAIN_MS = 180_000;
/** The machine may be busy with something else. */
const PATIENCE_MS = 120_000;

/** A server of its own with an application's tables in it, writers and relays in processes of their own, and halts. */
export class OutboxStage {
  readonly server: EmbeddedPostgres;
  /** What waits or kills goes by this. */
  readonly admin: Database;
  readonly hits: OutboxHits = noOutboxHits();
  readonly random: () => number;
  /** What writers and relays reach the server by. */
  readonly line: TcpSwitch;
  /** Those that run; one that was killed is replaced. */
  readonly relays: RelayChild[] = [];
  readonly #database: TestDatabase;
  readonly #writers: WriterProcess[] = [];
  readonly #folder = mkdtempSync(join(tmpdir(), 'postamt-faults-'));
  readonly #shown: ShownStatus[] = [];
  #relayNumber = 0;

  private constructor(
    server: EmbeddedPostgres,
    database: TestDatabase,
    parts: { readonly line: TcpSwitch; readonly random: () => number },
  ) {
    this.server = server;
    this.#database = database;
    this.line = parts.line;
    this.random = parts.random;
    this.admin = new Database({
      connection: database.connectionString,
      applicationName: 'faults',
    });
  }

  /** Sets the stage, plays, drains the outbox, and takes the stage down whatever came of it. */
  static async with(
    cast: OutboxCast,
    play: (stage: OutboxStage) => Promise<void>,
  ): Promise<{ history: OutboxHistory; hits: OutboxHits }> {
    const server = await startTestServer();
    try {
      const database = await TestDatabase.create(server.connectionString);
      const line = await TcpSwitch.open(server.port);
      const parts = { line, random: cast.random };
      const stage = new OutboxStage(server, database, parts);
      try {
        await stage.#enter(cast);
        await play(stage);
        return { history: await stage.#finish(), hits: stage.hits };
      } finally {
        await stage.#takeDown();
      }
    } finally {
      await server.stop();
    }
  }

  /** How many events were committed by now. */
  async committed(): Promise<number> {
    return countCommitted(this.admin);
  }

  /** How many records stand in the topics by now. */
  async moved(): Promise<number> {
    let records = 0n;
    for (const { name } of TOPICS)
      for (const partition of (await describeTopic(this.admin, name))
        .partitions)
        records += partition.logEndOffset;
    return Number(records);
  }

  /** Waits until so many more events were moved. */
  async progress(count: number): Promise<void> {
    const before = await this.moved();
    await waitFor(
      `${count} more events to be moved`,
      async () => (await this.moved()) >= before + count,
      { timeoutMs: PATIENCE_MS, intervalMs: 50 },
    );
  }

  /** Notes what `postamt.outbox` shows as published by now, before its rows are cleaned away. */
  async noteStatuses(): Promise<void> {
    const shown = await readShown(this.admin);
    const published = shown.filter(({ status }) => status === 'PUBLISHED');
    this.#shown.push(...published);
  }

  /** Kills a relay (SIGKILL), and starts another one in its place. */
  async replace(relay: RelayChild): Promise<void> {
    await relay.kill();
    this.relays.splice(this.relays.indexOf(relay), 1, this.#newRelay());
  }

  /** The relay that the session of a process id belongs to. */
  async relayOf(pid: number): Promise<RelayChild | undefined> {
    const { rows } = await this.admin.query(
      'select application_name as name from pg_stat_activity where pid = $1',
      [pid],
    );
    return this.relays.find(({ name }) => name === rows[0]?.name);
  }

  /** One of the relays. */
  anyRelay(): RelayChild {
    const at = Math.floor(this.random() * this.relays.length);
    return this.relays[at] as RelayChild;
  }

  /** Kills a backend (SIGKILL), and waits until the server, which ends all others as well, has recovered from that. */
  async killBackend(pid: number): Promise<void> {
    process.kill(pid, 'SIGKILL');
    this.hits.backends += 1;
    await waitFor('the server to recover', async () => {
      const { rows } = await this.admin.query(
        'select from pg_stat_activity where pid = $1',
        [pid],
      );
      return rows.length === 0;
    });
  }

  /** Kills the server (SIGKILL of the postmaster) and starts it again. */
  async crash(): Promise<void> {
    await this.server.crash();
    this.hits.servers += 1;
    await this.server.restart();
  }

  async #enter(cast: OutboxCast): Promise<void> {
    await createDesk(this.admin);
    await Outbox.open(this.admin, TOPICS);
    for (const part of [0, 1, 2, 3])
      await installHalts(this.admin, `outbox_cursors_${part}`);
    for (let n = 0; n < cast.relays; n += 1) this.relays.push(this.#newRelay());
    for (let n = 0; n < cast.writerProcesses; n += 1)
      this.#writers.push(
        new WriterProcess({
          name: `writers-${n}`,
          connectionString: this.#address,
          writers: cast.writers / cast.writerProcesses,
          seed: Math.floor(this.random() * 2 ** 31),
          file: join(this.#folder, `writers-${n}.jsonl`),
        }),
      );
    await waitFor(
      'all writers to write',
      () => this.#writers.every((writer) => writer.begun),
      { timeoutMs: PATIENCE_MS },
    );
    await this.progress(100);
  }

  #newRelay(): RelayChild {
    const name = `relay-${(this.#relayNumber += 1)}`;
    return new RelayChild(name, this.#address);
  }

  get #address(): string {
    return this.line.address(this.#database.connectionString);
  }

  async #finish(): Promise<OutboxHistory> {
    await Promise.all(this.#writers.map((writer) => writer.stop()));
    await this.noteStatuses();
    await this.#drain();
    await Promise.all(this.relays.map((relay) => relay.stop()));
    this.hits.turns = await this.#turns();
    const told = this.#writers.flatMap((writer) => writer.events());
    const read = await readHistory(this.admin);
    return { ...read, told, shown: [...this.#shown, ...read.shown] };
  }

  /** Waits until all is moved. What has not come after a long time is lost: the judge says so. */
  async #drain(): Promise<void> {
    const committed = await this.committed();
    try {
      await waitFor(
        'the outbox to be drained',
        async () => (await this.moved()) >= committed,
        { timeoutMs: DRAIN_MS, intervalMs: 100 },
      );
    } catch (error) {
      if (!isPostamtError(error, 'TIMED_OUT')) throw error;
    }
  }

  /** How often another part of the ring became the one that is written. */
  async #turns(): Promise<number> {
    const { rows } = await this.admin.query(
      `select last_value::int as turns from ${this.admin.schema}.outbox_part_number`,
    );
    return rows[0]?.turns as number;
  }

  async #takeDown(): Promise<void> {
    await Promise.all(this.#writers.map((writer) => writer.kill()));
    await Promise.all(this.relays.map((relay) => relay.kill()));
    await this.admin.close();
    await this.line.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
