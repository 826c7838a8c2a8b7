import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/**
 * A way to a server that can fall silent: what is sent on it is still acknowledged, goes nowhere, and nobody is told.
 * What a connection is like whose other side has lost its network, or that a firewall has forgotten.
 *
 * @example
 * const proxy = await HalfOpenProxy.to(database.connectionString);
 * const db = database.open({ connection: proxy.connectionString });
 * proxy.fallSilent();    // whoever asks waits in vain
 * proxy.letThrough();    // for new connections; those that fell silent stay so
 */
export class HalfOpenProxy {
  readonly #target: URL;
  readonly #listener = createServer({ allowHalfOpen: true }, (client) =>
    this.#accept(client),
  );
  readonly #sockets = new Set<Socket>();
  readonly #lines = new Map<Socket, Socket>();
  #isSilent = false;
  #swallowed = 0;

  private constructor(target: URL) {
    this.#target = target;
  }

  static async to(connectionString: string): Promise<HalfOpenProxy> {
    const proxy = new HalfOpenProxy(new URL(connectionString));
    proxy.#listener.listen(0, '127.0.0.1');
    await once(proxy.#listener, 'listening');
    return proxy;
  }

  /** The connection string for the same database by way of this. */
  get connectionString(): string {
    const url = new URL(this.#target);
    url.hostname = '127.0.0.1';
    url.port = String((this.#listener.address() as AddressInfo).port);
    return url.toString();
  }

  /** How many bytes went nowhere. */
  get swallowed(): number {
    return this.#swallowed;
  }

  /** How many connections stand. */
  get connections(): number {
    return this.#lines.size;
  }

  /** From now on nothing goes through, neither on the connections that stand nor on new ones; all stay open. */
  fallSilent(): void {
    this.#isSilent = true;
    for (const [client, server] of this.#lines) {
      this.#swallow(client, server);
      this.#swallow(server, client);
    }
  }

  /** New connections go through again. */
  letThrough(): void {
    this.#isSilent = false;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    const closed = once(this.#listener, 'close');
    this.#listener.close();
    await closed;
  }

  #accept(client: Socket): void {
    this.#keep(client);
    const server = connect({
      port: Number(this.#target.port),
      host: this.#target.hostname,
      allowHalfOpen: true,
    });
    this.#keep(server);
    this.#lines.set(client, server);
    client.once('close', () => {
      this.#lines.delete(client);
      server.destroy();
    });
    server.once('close', () => client.destroy());
    if (this.#isSilent) {
      this.#swallow(client, server);
      this.#swallow(server, client);
      return;
    }
    client.pipe(server);
    server.pipe(client);
  }

  /** Reads on, so that the other side's kernel sees everything acknowledged; `end` is not passed on either. */
  #swallow(from: Socket, to: Socket): void {
    from.unpipe(to);
    from.on('data', (bytes: Buffer) => (this.#swallowed += bytes.length));
    from.resume();
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.once('close', () => this.#sockets.delete(socket));
  }
}
