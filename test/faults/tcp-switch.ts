import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

interface Line {
  readonly client: Socket;
  readonly server: Socket;
}

/**
 * An address that stays the same while the server behind it changes, and a place to lose answers at: what a server says
 * on lines that are cut goes nowhere, while it still hears what clients say.
 */
export class TcpSwitch {
  readonly #listener = createServer((client) => this.#connect(client));
  readonly #lines = new Set<Line>();
  #target: number;
  #isCut = false;

  private constructor(target: number) {
    this.#target = target;
  }

  /** Listens on a free port of this machine and passes on to `target`. */
  static async open(target: number): Promise<TcpSwitch> {
    const tcpSwitch = new TcpSwitch(target);
    tcpSwitch.#listener.listen(0, '127.0.0.1');
    await once(tcpSwitch.#listener, 'listening');
    return tcpSwitch;
  }

  /** The connection string for the same database by way of this. */
  address(connectionString: string): string {
    const url = new URL(connectionString);
    url.hostname = '127.0.0.1';
    url.port = String((this.#listener.address() as AddressInfo).port);
    return url.toString();
  }

  /** Passes new lines on to another server and breaks those that stand. */
  turnTo(target: number): void {
    this.#target = target;
    for (const line of this.#lines) hangUp(line);
  }

  /** Drops whatever servers answer on the lines that stand now; the returned function breaks these lines. */
  cutAnswers(): () => void {
    const cut = [...this.#lines];
    cut.forEach(deafen);
    return () => cut.forEach(hangUp);
  }

  /** The same, on lines that are made later too, until the returned function is called. */
  cutAllAnswers(): () => void {
    this.#isCut = true;
    this.#lines.forEach(deafen);
    return () => {
      this.#isCut = false;
      this.#lines.forEach(hangUp);
    };
  }

  async close(): Promise<void> {
    for (const line of this.#lines) hangUp(line);
    const closed = once(this.#listener, 'close');
    this.#listener.close();
    await closed;
  }

  #connect(client: Socket): void {
    const server = connect(this.#target, '127.0.0.1');
    const line = { client, server };
    this.#lines.add(line);
    client.pipe(server);
    if (this.#isCut) deafen(line);
    else server.pipe(client);
    for (const end of [client, server]) {
      end.setNoDelay(true);
      end.on('error', () => {});
      end.once('close', () => {
        this.#lines.delete(line);
        hangUp(line);
      });
    }
  }
}

/** The client hears nothing any more. */
function deafen({ client, server }: Line): void {
  server.unpipe(client);
  server.on('data', () => {});
}

function hangUp({ client, server }: Line): void {
  client.destroy();
  server.destroy();
}
