import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { sleep } from '#kernel';
import type { Health } from './health.js';

const METHODS = ['GET', 'HEAD'];
/** How long a scrape may wait for Postgres. */
const PATIENCE_MS = 5_000;

/** What there is to be read of the process. */
export interface Readings {
  readonly health: () => Promise<Health>;
  /** In Prometheus' text format. */
  readonly metrics: () => Promise<string>;
}

/**
 * Serves `GET /health`: 200 where all is well, 503 with the reason where it is not; and `GET /metrics`: 503 where Postgres
 * keeps it waiting.
 */
export class HealthServer {
  readonly #server: Server;
  readonly #pages: ReadonlyMap<string, (response: ServerResponse) => unknown>;

  constructor({ health, metrics }: Readings) {
    this.#pages = new Map([
      ['/health', (response) => sendHealth(response, health)],
      ['/metrics', (response) => sendMetrics(response, metrics)],
    ]);
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) =>
        response.destroy(error as Error),
      );
    });
  }

  /** Begins to listen; resolves to the port. */
  async listen(host: string, port: number): Promise<number> {
    this.#server.listen(port, host);
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  /** Takes no more requests and ends those that are open. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const [path] = (request.url ?? '').split('?', 1);
    const page = this.#pages.get(path ?? '');
    if (!page) {
      const pages = [...this.#pages.keys()].join(' or ');
      const reason = `there is no ${path}; ask for ${pages}`;
      return send(response, 404, { status: 'not found', reason });
    }
    if (!METHODS.includes(request.method ?? '')) {
      response.setHeader('allow', METHODS.join(', '));
      const reason = `${path} takes ${METHODS.join(' and ')}, not ${request.method}`;
      return send(response, 405, { status: 'method not allowed', reason });
    }
    await page(response);
  }
}

async function sendHealth(
  response: ServerResponse,
  read: Readings['health'],
): Promise<void> {
  const health = await read();
  send(response, health.status === 'ok' ? 200 : 503, health);
}

async function sendMetrics(
  response: ServerResponse,
  read: Readings['metrics'],
): Promise<void> {
  const answered = new AbortController();
  const impatience = sleep(PATIENCE_MS, answered.signal).then(() => undefined);
  const text = await Promise.race([read(), impatience]).finally(() =>
    answered.abort(),
  );
  if (text === undefined) {
    const reason = `Postgres has not answered for ${PATIENCE_MS} ms`;
    return send(response, 503, { status: 'failing', reason });
  }
  response.writeHead(200, {
    'content-type': 'text/plain; version=0.0.4; charset=utf-8',
    'cache-control': 'no-store',
  });
  response.end(text);
}

/** Node leaves the body out by itself where the method is HEAD. */
function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
  });
  response.end(`${JSON.stringify(body)}\n`);
}
