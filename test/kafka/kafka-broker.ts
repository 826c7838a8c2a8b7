import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '#testing';
import { guardListeners, type GuardedListener } from './guarded-listener.ts';

const HOST = '127.0.0.1';
const HEAP = '-Xmx512m';
/** 16 bytes in base64url, as Kafka writes UUIDs. */
const CLUSTER_ID = 'cG9zdGFtdC1rYWZrYS10ZQ';
const START_LIMIT_MS = 60_000;

/** One node of Kafka, broker and controller, on the loopback address, with its data in a folder of its own. */
export class KafkaBroker {
  readonly address: string;
  /** Where TLS and a login are asked for. */
  readonly guarded: GuardedListener;
  readonly #classPath: string;
  readonly #folder: string;
  readonly #port: number;
  #child: ChildProcess | undefined;

  private constructor(
    classPath: string,
    folder: string,
    port: number,
    guarded: GuardedListener,
  ) {
    this.guarded = guarded;
    this.#classPath = classPath;
    this.#folder = folder;
    this.#port = port;
    this.address = `${HOST}:${port}`;
  }

  /** Formats the folder and starts the node. */
  static async create(classPath: string): Promise<KafkaBroker> {
    const folder = mkdtempSync(join(tmpdir(), 'postamt-kafka-'));
    const [port, controllerPort, guardedPort] = await freePorts(3);
    const { guarded, properties } = guardListeners(folder, {
      open: port,
      controller: controllerPort,
      guarded: guardedPort,
    });
    const settings = {
      ...nodeProperties(folder, controllerPort),
      ...properties,
    };
    const lines = Object.entries(settings).map(
      ([name, value]) => `${name}=${String(value)}\n`,
    );
    writeFileSync(join(folder, 'server.properties'), lines.join(''));
    const broker = new KafkaBroker(classPath, folder, port, guarded);
    broker.#format();
    await broker.start();
    return broker;
  }

  /** Starts the node, and resolves when it takes connections. */
  async start(): Promise<void> {
    const log = openSync(join(this.#folder, 'server.log'), 'a');
    const child = spawn(
      'java',
      [HEAP, '-cp', this.#classPath, 'kafka.Kafka', this.#config],
      { stdio: ['ignore', log, log] },
    );
    this.#child = child;
    process.once('exit', () => child.kill('SIGKILL'));
    await waitFor('Kafka to take connections', () => this.#accepts(), {
      timeoutMs: START_LIMIT_MS,
    });
  }

  /** Ends the node with a signal, and resolves when it is gone. */
  async end(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }

  /** Ends the node and removes its data. */
  async remove(): Promise<void> {
    await this.end('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #config(): string {
    return join(this.#folder, 'server.properties');
  }

  #format(): void {
    const { status, stdout, stderr } = spawnSync(
      'java',
      [
        '-cp',
        this.#classPath,
        'kafka.tools.StorageTool',
        'format',
        '--cluster-id',
        CLUSTER_ID,
        '--config',
        this.#config,
      ],
      { encoding: 'utf8' },
    );
    if (status !== 0) throw new Error(`Kafka's format: ${stdout}${stderr}`);
  }

  async #accepts(): Promise<boolean> {
    if (this.#child?.exitCode != null) {
      const log = readFileSync(join(this.#folder, 'server.log'), 'utf8');
      throw new Error(`Kafka has ended: ${log.slice(-2_000)}`);
    }
    const socket = connect(this.#port, HOST);
    try {
      await once(socket, 'connect');
      return true;
    } catch {
      return false;
    } finally {
      socket.destroy();
    }
  }
}

function nodeProperties(folder: string, controllerPort: number): object {
  return {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@${HOST}:${controllerPort}`,
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': join(folder, 'data'),
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 2,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 2,
    'group.initial.rebalance.delay.ms': 0,
    'auto.create.topics.enable': false,
  };
}

async function freePorts(
  count: 3,
): Promise<[port: number, controller: number, guarded: number]> {
  const servers = Array.from({ length: count }, () => createServer());
  for (const server of servers) {
    server.listen(0, HOST);
    await once(server, 'listening');
  }
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  for (const server of servers) {
    server.close();
    await once(server, 'close');
  }
  return ports as [number, number, number];
}
