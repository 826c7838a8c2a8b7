import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Catalogue, createTopic } from '#log';
import { Database, type EmbeddedPostgres } from '#postgres';
import {
  readLog,
  startStandby,
  startTestServer,
  TestDatabase,
  waitFor,
  type Incident,
  type LogEvent,
  type SendAcks,
  type Standby,
} from '#testing';
import type { AppenderKind } from './appenders.js';
import { installHalts } from '../halts.js';
import { LogReader } from './log-reader.js';
import { ProducerProcess } from './producer-process.js';
import {
  noHits,
  type Hits,
  type Played,
  type ScenarioRun,
} from './scenario.js';
import { TcpSwitch } from '../tcp-switch.js';

/** Who is on stage beside the server. */
export interface Cast {
  readonly producers: readonly {
    readonly kind: AppenderKind;
    readonly acks: SendAcks;
  }[];
  readonly partitions?: number;
  readonly config?: Readonly<Record<string, string>>;
  /** The names of standbys. */
  readonly standbys?: readonly string[];
}

const READERS = 2;
/** The topic that producers send to. */
export const TOPIC = 'values';

/** A server of its own, a topic with halts in its leaf, producers in processes of their own, and readers. */
export class FaultStage {
  readonly server: EmbeddedPostgres;
  readonly hits: Hits = noHits();
  /** What producers and readers reach the server by. */
  readonly line: TcpSwitch;
  readonly producers: ProducerProcess[] = [];
  /** Those that have not been promoted. */
  standbys: Standby[] = [];
  /** Reaches the server directly. After a promotion, the new primary. */
  admin: Database;
  readonly #database: TestDatabase;
  readonly #run: ScenarioRun;
  readonly #folder = mkdtempSync(join(tmpdir(), 'postamt-faults-'));
  readonly #events: LogEvent[] = [];
  readonly #readers: LogReader[] = [];
  readonly #opened: Database[] = [];
  readonly #started: Standby[] = [];

  private constructor(
    run: ScenarioRun,
    server: EmbeddedPostgres,
    database: TestDatabase,
    line: TcpSwitch,
  ) {
    this.#run = run;
    this.server = server;
    this.#database = database;
    this.line = line;
    this.admin = this.#open(database.connectionString);
  }

  /** Sets the stage, and takes it down again whatever `play` comes to. */
  static async with(
    run: ScenarioRun,
    cast: Cast,
    play: (stage: FaultStage) => Promise<void>,
    server?: EmbeddedPostgres,
  ): Promise<Played> {
    const stage = await FaultStage.#set(
      run,
      server ?? (await startTestServer()),
    );
    try {
      await stage.#enter(cast);
      await play(stage);
      return await stage.#finish();
    } finally {
      await stage.#takeDown();
    }
  }

  static async #set(
    run: ScenarioRun,
    server: EmbeddedPostgres,
  ): Promise<FaultStage> {
    try {
      const database = await TestDatabase.create(server.connectionString);
      const line = await TcpSwitch.open(server.port);
      return new FaultStage(run, server, database, line);
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  /** Waits until each producer had `count` more values acknowledged. */
  async progress(count: number): Promise<void> {
    await Promise.all(
      this.producers.map((producer) => producer.progress(count)),
    );
  }

  /** How many batches stand in the topic by now. */
  async storedBatches(): Promise<number> {
    const { leaf } = await new Catalogue(this.admin).topic(TOPIC);
    const { rows } = await this.admin.query(
      `select count(*)::int as batches from ${this.admin.schema}.${leaf}`,
    );
    return rows[0]?.batches as number;
  }

  /** Waits until the topic has `count` more batches than it has now. */
  async grow(count: number): Promise<void> {
    const before = await this.storedBatches();
    await waitFor(
      `${count} more batches`,
      async () => (await this.storedBatches()) >= before + count,
    );
  }

  /** The connection string of the server that was the primary first. */
  get oldPrimary(): string {
    return this.#database.connectionString;
  }

  /** How many values failed for certain, or ended unknown, so far. */
  failures(): number {
    const events = this.producers.flatMap((producer) => producer.events());
    return events.filter(({ kind }) => kind === 'fail' || kind === 'unknown')
      .length;
  }

  /** Waits until each reader has read something that was not there before. */
  async readersCatchUp(): Promise<void> {
    const before = this.#readers.map((reader) => reader.count);
    await waitFor('the readers to go on', () =>
      this.#readers.every((reader, n) => reader.count > (before[n] ?? 0)),
    );
  }

  /** Notes a fault that a tail may be lost by: around `act`, from before it strikes until it is over. */
  async during(
    what: Incident['what'],
    act: () => Promise<void>,
  ): Promise<void> {
    const from = Date.now();
    await act();
    this.#events.push({ kind: 'incident', what, from, to: Date.now() });
  }

  /** Kills the server and starts it again. */
  async crash(): Promise<void> {
    await this.during('crash', async () => {
      await this.server.crash();
      this.hits.servers += 1;
      await this.server.restart();
    });
  }

  /**
   * Kills the primary, promotes the standby that has most, and has all go on with it. Standbys are started anew before:
   * what they have by then is all that they will have.
   */
  async failOver(): Promise<void> {
    await this.during('promotion', async () => {
      await this.server.crash();
      this.hits.servers += 1;
      for (const standby of this.standbys) await standby.start();
      const [promoted, ...others] = await mostAdvancedFirst(this.standbys);
      if (!promoted) throw new Error('there is no standby left');
      await promoted.promote();
      for (const other of others) await other.follow(promoted);
      this.standbys = others;
      this.line.turnTo(promoted.port);
      this.admin = this.#open(this.#databaseAt(promoted.connectionString));
    });
  }

  /** Opens the topic's database on the server of that connection string. */
  #databaseAt(server: string): string {
    const url = new URL(server);
    url.pathname = new URL(this.#database.connectionString).pathname;
    return url.toString();
  }

  #open(connection: string, applicationName = 'faults'): Database {
    const db = new Database({ connection, applicationName });
    this.#opened.push(db);
    return db;
  }

  async #startStandbys(names: readonly string[]): Promise<void> {
    for (const name of names) {
      const standby = await startStandby(this.server, { name });
      this.#started.push(standby);
      this.standbys.push(standby);
    }
  }

  async #enter(cast: Cast): Promise<void> {
    const { partitions = 3, config = {}, standbys = [] } = cast;
    await this.#startStandbys(standbys);
    const topic = await createTopic(this.admin, {
      name: TOPIC,
      partitions,
      config,
    });
    await installHalts(this.admin, topic.leaf);
    const connectionString = this.line.address(this.#database.connectionString);
    for (const [n, { kind, acks }] of cast.producers.entries())
      this.producers.push(
        new ProducerProcess({
          name: `p${n}`,
          kind,
          acks,
          connectionString,
          topic: TOPIC,
          partitions,
          seed: Math.floor(this.#run.random() * 2 ** 31),
          file: join(this.#folder, `p${n}.jsonl`),
        }),
      );
    for (let n = 0; n < READERS; n += 1) this.#addReader(n, partitions);
    await this.progress(10);
  }

  #addReader(n: number, partitions: number): void {
    const connection = this.line.address(this.#database.connectionString);
    const db = this.#open(connection, `r${n}`);
    const note = (event: LogEvent) => this.#events.push(event);
    const reader = new LogReader({
      name: `r${n}`,
      db,
      topic: TOPIC,
      partitions,
      note,
    });
    this.#readers.push(reader);
    reader.start();
  }

  async #finish(): Promise<Played> {
    await this.progress(10);
    await Promise.all(this.producers.map((producer) => producer.stop()));
    await Promise.all(this.#readers.map((reader) => reader.finish()));
    const events = [
      ...this.producers.flatMap((producer) => producer.events()),
      ...this.#events,
    ];
    const records = await readLog(this.admin, TOPIC);
    const log = records.map(({ partition, offset, value }) => ({
      partition,
      offset,
      value: String(value),
    }));
    return { history: { events, log }, hits: this.hits };
  }

  async #takeDown(): Promise<void> {
    await Promise.all(this.producers.map((producer) => producer.kill()));
    await Promise.all(this.#readers.map((reader) => reader.stop()));
    await Promise.all(this.#opened.map((db) => db.close()));
    await this.line.close();
    await Promise.all(this.#started.map((standby) => standby.stop()));
    await this.server.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

async function mostAdvancedFirst(
  standbys: readonly Standby[],
): Promise<Standby[]> {
  const placed: { standby: Standby; position: bigint }[] = [];
  for (const standby of standbys)
    placed.push({ standby, position: await standby.flushedPosition() });
  placed.sort((a, b) => Number(b.position - a.position));
  return placed.map(({ standby }) => standby);
}
