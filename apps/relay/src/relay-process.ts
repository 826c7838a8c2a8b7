import { once } from 'node:events';
import { Registry } from 'prom-client';
import type { Logger } from '#kernel';
import { GroupMaintenance, registerGroupMetrics } from '#groups';
import { LogMaintenance } from '#log';
import {
  OutboxMaintenance,
  registerOutboxMetrics,
  Relay,
  type Sink,
} from '#outbox';
import { Database } from '#postgres';
import { applicationName } from './application-name.js';
import { awaitSchema } from './await-schema.js';
import { HealthServer } from './health-server.js';
import { judgeHealth } from './health.js';
import { PostgresProbe } from './postgres-probe.js';
import type { Settings } from './settings.js';

/** A relay with the log's maintenance, its connections and its health, from the start of a process to its end. */
export class RelayProcess {
  readonly #settings: Settings;
  readonly #logger: Logger;
  readonly #db: Database;
  readonly #sink: Sink | undefined;
  readonly #relay: Relay;
  readonly #maintenance: LogMaintenance;
  readonly #outboxMaintenance: OutboxMaintenance;
  readonly #groupMaintenance: GroupMaintenance;
  readonly #health: HealthServer;

  /** @param sink where events go, when that is not the log of the database; it is closed at the end */
  constructor(settings: Settings, logger: Logger, sink?: Sink) {
    const { connection, schema, relayId } = settings;
    this.#settings = settings;
    this.#logger = logger;
    this.#db = new Database({
      connection,
      schema,
      applicationName: applicationName(relayId),
      logger,
    });
    this.#sink = sink;
    this.#relay = new Relay(this.#db, { id: relayId, ...(sink && { sink }) });
    this.#maintenance = new LogMaintenance(this.#db);
    this.#outboxMaintenance = new OutboxMaintenance(this.#db);
    this.#groupMaintenance = new GroupMaintenance(this.#db);
    const probe = new PostgresProbe(this.#db);
    const registry = new Registry();
    registerOutboxMetrics(this.#db, { registry, relays: [this.#relay] });
    registerGroupMetrics(this.#db, { registry });
    this.#health = new HealthServer({
      health: async () => judgeHealth(this.#relay.status, await probe.fault()),
      metrics: () => registry.metrics(),
    });
  }

  /**
   * Runs until `signal` aborts, and then finishes the move that is under way. Health is served from the first moment,
   * and is failing until the relay runs.
   *
   * @throws what keeps the relay from running at all: the schema, the port, the settings of the connection
   */
  async run(signal: AbortSignal): Promise<void> {
    try {
      await this.#start(signal);
      if (!signal.aborted) await once(signal, 'abort');
      this.#logger.info({ relay: this.#relay.id }, 'relay is stopping');
    } finally {
      await this.#stop();
    }
    const { id: relay, moved } = this.#relay.status;
    this.#logger.info({ relay, moved }, 'relay has stopped');
  }

  async #start(signal: AbortSignal): Promise<void> {
    const { host, port, connection, schema, maintenance } = this.#settings;
    const relay = this.#relay.id;
    const address = { host, port: await this.#health.listen(host, port) };
    this.#logger.info({ relay, ...address }, 'relay serves its health');
    await awaitSchema({ connection, schema }, this.#logger, signal);
    if (signal.aborted) return;
    this.#relay.start();
    if (maintenance) {
      this.#maintenance.start();
      this.#outboxMaintenance.start();
      this.#groupMaintenance.start();
    }
    const sink = this.#sink?.name ?? 'log';
    const fields = { relay, schema, sink, maintenance, ...address };
    this.#logger.info(fields, 'relay is ready');
  }

  async #stop(): Promise<void> {
    await this.#health.close();
    await Promise.all([
      this.#relay.stop(),
      this.#maintenance.stop(),
      this.#outboxMaintenance.stop(),
      this.#groupMaintenance.stop(),
    ]);
    await this.#sink?.close();
    await this.#db.close();
  }
}
