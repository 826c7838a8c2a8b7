import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Health } from './health.js';

const PATH = '/health';
const METHODS = ['GET', 'HEAD'];

/** Serves `GET /health`: 200 where all is well, 503 with the reason where it is not. */
export class HealthServer {
  readonly #server: Server;
  readonly #health: () => Promise<Health>;

  constructor(health: () => Promise<Health>) {
    this.#health = health;
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
    if (path !== PATH) {
      const reason = `there is no ${path}; ask for ${PATH}`;
      return send(response, 404, { status: 'not found', reason });
    }
    if (!METHODS.includes(request.method ?? '')) {
      response.setHeader('allow', METHODS.join(', '));
      const reason = `${PATH} takes ${METHODS.join(' and ')}, not ${request.method}`;
      return send(response, 405, { status: 'method not allowed', reason });
    }
    const health = await this.#health();
    send(response, health.status === 'ok' ? 200 : 503, health);
  }
}

/** Node leaves the body out by itself where the method is HEAD. */
function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
  });
  response.end(`${JSON.stringify(body)}\n`);
}
