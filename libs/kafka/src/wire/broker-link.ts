import { isIP } from 'node:net';
import {
  apiVersionsV0,
  AuthenticationError,
  Connection,
  ResponseError,
  type ConnectionOptions,
  type SASLOptions,
} from '@platformatic/kafka';
import { PostamtError } from '#kernel';
import type {
  Address,
  KafkaSasl,
  SinkSettings,
} from '../kafka-sink-options.js';

const CONNECT_TIMEOUT_MS = 2_000;
const REQUEST_TIMEOUT_MS = 5_000;

/** One version of one request of Kafka's protocol, as the client has it. */
export interface Request<Arguments extends unknown[], Response> {
  readonly key: number;
  readonly version: number;
  async(connection: unknown, ...args: Arguments): Promise<Response>;
}

/** A connection to a broker, which speaks the newest of the versions offered that the broker knows. */
export class BrokerLink {
  readonly #address: Address;
  readonly #connection: Connection;
  #versions = new Map<number, { minVersion: number; maxVersion: number }>();

  private constructor(address: Address, settings: SinkSettings) {
    this.#address = address;
    this.#connection = new Connection(
      settings.clientId,
      connectionOptions(address, settings),
    );
    // An error that nobody hears would end the process; whoever waits for an answer is told by its own rejection.
    this.#connection.on('error', () => {});
  }

  /** @throws PostamtError NETWORK_EXCEPTION; INVALID_CONFIG where the broker refuses the login */
  static async open(
    address: Address,
    settings: SinkSettings,
  ): Promise<BrokerLink> {
    const link = new BrokerLink(address, settings);
    try {
      await link.#connection.connect(address.host, address.port);
      const { apiKeys } = await apiVersionsV0.api.async(
        link.#connection,
        '',
        '',
      );
      link.#versions = new Map(apiKeys.map((api) => [api.apiKey, api]));
      return link;
    } catch (error) {
      link.close();
      throw link.#fault(error);
    }
  }

  get isOpen(): boolean {
    return this.#connection.isConnected();
  }

  /**
   * Sends a request in the first of the versions given that the broker knows, and resolves to its answer, also where
   * that says in its error codes that something failed.
   *
   * @throws PostamtError NETWORK_EXCEPTION where no answer came, NOT_SUPPORTED where the broker knows none of them
   */
  async ask<Arguments extends unknown[], Response>(
    versions: readonly Request<Arguments, Response>[],
    ...args: Arguments
  ): Promise<Response> {
    const request = this.#choose(versions);
    try {
      return await request.async(this.#connection, ...args);
    } catch (error) {
      if (error instanceof ResponseError) return error.response as Response;
      throw this.#fault(error);
    }
  }

  close(): void {
    const { socket } = this.#connection;
    void this.#connection.close().catch(() => {});
    // Closing waits for what is still to be written; whoever gives up has no time for that.
    socket?.destroy();
  }

  /** The first of the versions given that the broker knows. */
  #choose<Version extends { readonly key: number; readonly version: number }>(
    versions: readonly Version[],
  ): Version {
    const chosen = versions.find(({ key, version }) => {
      const known = this.#versions.get(key);
      return (
        known && known.minVersion <= version && version <= known.maxVersion
      );
    });
    if (chosen) return chosen;
    throw new PostamtError(
      'NOT_SUPPORTED',
      `The broker ${this.#name} does not know the request ${versions[0]?.key} of Kafka's protocol in the versions ${versions.map(({ version }) => version).join(', ')}; for one without transactions give transactional: false.`,
    );
  }

  get #name(): string {
    return `${this.#address.host}:${this.#address.port}`;
  }

  #fault(error: unknown): PostamtError {
    if (error instanceof PostamtError) return error;
    const refused = rootOf(error) instanceof AuthenticationError;
    const words = `The broker ${this.#name} ${refused ? 'refuses the login' : 'does not answer'}: ${reasonOf(error)}.`;
    const code = refused ? 'INVALID_CONFIG' : 'NETWORK_EXCEPTION';
    return new PostamtError(code, words, { cause: error });
  }
}

function connectionOptions(
  { host }: Address,
  { tls, sasl }: SinkSettings,
): ConnectionOptions {
  const named = tls?.servername !== undefined || isIP(host) !== 0;
  return {
    connectTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    ...(tls ? { tls, tlsServerName: !named } : {}),
    ...(sasl ? { sasl: saslOptions(sasl) } : {}),
  };
}

function saslOptions({
  mechanism,
  username,
  password,
  token,
}: KafkaSasl): SASLOptions {
  return {
    mechanism,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(token === undefined ? {} : { token }),
  };
}

/** The client wraps what happened in what it was about. */
function rootOf(error: unknown): Error | undefined {
  let root = error instanceof Error ? error : undefined;
  while (root?.cause instanceof Error && !(root instanceof AuthenticationError))
    root = root.cause;
  return root;
}

function reasonOf(error: unknown): string {
  const root = rootOf(error);
  return root ? root.message.replace(/\.$/, '') : String(error);
}
