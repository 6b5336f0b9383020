import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { WeirError } from '#stage';
import { apiCodes, CODE, fault, permanent, reasonOf } from './errors.ts';
import { guardFrames } from './frame-guard.ts';
import { type Connection, kafkaLibrary } from './library.ts';
import type { ConnectOptions } from './options.ts';

type Api<A extends unknown[], R> = (
  connection: Connection,
  ...args: [...A, (error?: Error | null, result?: R) => void]
) => void;

interface MetadataResponse {
  brokers: { nodeId: number; host: string; port: number }[];
  topics: { errorCode: number; name: string | null; partitions: { partitionIndex: number; leaderId: number }[] }[];
}

/** What is known of a topic: the node that leads each partition, −1 while there is none. */
export interface TopicInfo {
  readonly name: string;
  readonly leaders: readonly number[];
}

const INTERNAL = /^__(?:consumer_offsets|transaction_state|share_group_state)$/;

/** No answer but one with records comes near it. */
const MOST_BYTES = 64 * 2 ** 20;

/**
 * Connections to the brokers of one cluster, made when they are needed and made anew when they are lost. It tries nothing twice:
 * who asks knows how long to go on.
 */
export class KafkaClient {
  readonly #o: ConnectOptions;
  readonly #id: string;
  readonly #mostBytes: number;
  /** Why a connection was ended from here, which its own errors do not say. */
  readonly #ended = new WeakMap<Connection, Error>();
  readonly #open = new Map<string, Promise<Connection>>();
  readonly #nodes = new Map<number, string>();
  readonly #failed = new Set<string>();
  #closed = false;

  /** No answer may be longer than `mostBytes`. */
  constructor(options: ConnectOptions, id = 'weir', mostBytes = MOST_BYTES) {
    this.#o = options;
    this.#id = id;
    this.#mostBytes = mostBytes;
  }

  /** The brokers as they were given, for messages. */
  get address(): string {
    return this.#o.brokers.join(', ');
  }

  #connect(address: string): Promise<Connection> {
    const known = this.#open.get(address);
    if (known !== undefined) return known;
    const made = this.#make(address);
    this.#open.set(address, made);
    made.catch(() => this.#forget(address, made));
    return made;
  }

  #forget(address: string, made: Promise<Connection>): void {
    if (this.#open.get(address) === made) this.#open.delete(address);
  }

  async #make(address: string): Promise<Connection> {
    if (this.#closed) throw new WeirError('WEIR_KAFKA_CLOSED', 'the connection to Kafka is closed');
    const { Connection } = await kafkaLibrary();
    const { sasl, timeout } = this.#o;
    const tls = await this.#tls();
    const connection = new Connection(this.#id, {
      connectTimeout: timeout,
      requestTimeout: timeout,
      ...(tls ? { tls, ...serverName(this.#o.tls?.serverName, parseBroker(address).host) } : {}),
      ...(sasl
        ? {
            sasl: {
              mechanism: sasl.mechanism.toUpperCase() as 'PLAIN',
              username: sasl.user,
              password: sasl.password,
            },
          }
        : {}),
    });
    // What fails is told to whoever waits for it; an 'error' that nobody listens to would end the thread.
    connection.on('error', () => {});
    const { host, port } = parseBroker(address);
    await new Promise<void>((resolve, reject) => {
      // A close before it is ready is told by an event alone.
      connection.connect(host, port, (error) => (error ? reject(this.#ended.get(connection) ?? error) : resolve()));
      const { socket } = connection;
      if (socket) guardFrames(socket, this.#mostBytes, address, (reason) => this.#ended.set(connection, reason));
    });
    const made = this.#open.get(address);
    const gone = () => made && this.#forget(address, made);
    connection.on('close', gone);
    connection.on('error', gone);
    if (this.#closed) await connection.close();
    return connection;
  }

  async #tls() {
    const { tls } = this.#o;
    if (tls === undefined) return undefined;
    const read = async (name: 'ca' | 'cert' | 'key') => {
      const path = tls[name];
      if (path === undefined) return {};
      try {
        return { [name]: await readFile(path) };
      } catch (cause) {
        throw fault('WEIR_KAFKA_TLS', `cannot read ${path}, option tls.${name}: ${reasonOf(cause)}`, cause);
      }
    };
    return { ...(await read('ca')), ...(await read('cert')), ...(await read('key')) };
  }

  /** A connection to one node; to any of the brokers when it is not known. */
  async node(id: number): Promise<Connection> {
    const address = this.#nodes.get(id);
    return address === undefined ? await this.any() : await this.#connect(address);
  }

  /** A connection to some broker. Rejects with what the last one said when none answers. */
  async any(): Promise<Connection> {
    return await this.#ofAny(async (connection) => connection);
  }

  /** Asks one thing of some broker: of the next where one cannot be reached, or is silent. */
  async ask<A extends unknown[], R>(api: Api<A, R>, ...args: A): Promise<R> {
    return await this.#ofAny((connection) => this.call(connection, api, ...args));
  }

  async #ofAny<T>(task: (connection: Connection) => Promise<T>): Promise<T> {
    let last: unknown;
    const known = new Set([...this.#o.brokers, ...this.#nodes.values()]);
    // Those that have failed come last, the one that failed last behind all.
    const failed = [...this.#failed].filter((address) => known.delete(address));
    for (const address of [...known, ...failed]) {
      try {
        return await task(await this.#connect(address));
      } catch (error) {
        // What a broker answers is an answer.
        if (permanent(error, address) || apiCodes(error).length > 0) throw error;
        this.#failed.delete(address);
        this.#failed.add(address);
        last = error;
      }
    }
    throw last;
  }

  /** Asks one thing of one broker. After a timeout the connection is given up: an answer that comes late would confuse it. */
  call<A extends unknown[], R>(connection: Connection, api: Api<A, R>, ...args: A): Promise<R> {
    return new Promise((resolve, reject) => {
      api(connection, ...args, (error, result) => {
        if (!error) return resolve(result as R);
        if (/timed out/i.test(error.message)) connection.socket?.destroy();
        reject(this.#ended.get(connection) ?? readable(error, connection));
      });
    });
  }

  /** Sends a message that was written by hand, of a version with tagged fields. */
  send<R>(
    connection: Connection,
    key: number,
    version: number,
    body: Buffer,
    parse: (answer: Buffer) => R,
  ): Promise<R> {
    return kafkaLibrary().then(({ Writer }) =>
      this.call(connection, (to: Connection, done: (error?: Error | null, result?: R) => void) =>
        to.send(
          key,
          version,
          () => Writer.create().append(body),
          (_correlation, _key, _version, reader) => parse(wholeOf(reader)),
          true,
          true,
          done,
        ),
      ),
    );
  }

  /** Topics by name, or all; those that are not there are left out. Learns the addresses of all brokers. */
  async topics(names: readonly string[] | null): Promise<TopicInfo[]> {
    const { metadataV12 } = await kafkaLibrary();
    let answer: MetadataResponse;
    try {
      answer = await this.ask(metadataV12.api as never, names === null ? null : [...names], false, false);
    } catch (error) {
      // A topic that is not there makes an error of the whole answer.
      const { response } = error as { response?: MetadataResponse };
      const codes = apiCodes(error);
      const absent: number[] = [CODE.UNKNOWN_TOPIC, CODE.LEADER_NOT_AVAILABLE, CODE.INVALID_TOPIC];
      if (response === undefined || codes.some((code) => !absent.includes(code))) throw error;
      answer = response;
    }
    for (const { nodeId, host, port } of answer.brokers) this.#nodes.set(nodeId, `${host}:${port}`);
    const there = answer.topics.filter(
      ({ errorCode, name }) => errorCode === 0 && name !== null && !INTERNAL.test(name),
    );
    return there.map(({ name, partitions }) => {
      const leaders: number[] = [];
      for (const { partitionIndex, leaderId } of partitions) leaders[partitionIndex] = leaderId;
      return { name: name as string, leaders };
    });
  }

  /** The brokers that are known. */
  get nodes(): number[] {
    return [...this.#nodes.keys()];
  }

  /** The broker that keeps a group (0) or a transactional id (1). */
  async coordinator(kind: 0 | 1, key: string): Promise<Connection> {
    const { findCoordinatorV4 } = await kafkaLibrary();
    const answer = await this.ask(findCoordinatorV4.api as never, kind, [key]);
    const [found] = (answer as { coordinators: { host: string; port: number }[] }).coordinators;
    if (found === undefined) throw new WeirError('WEIR_KAFKA', `Kafka names no coordinator of ${key}`);
    return await this.#connect(`${found.host}:${found.port}`);
  }

  async close(): Promise<void> {
    this.#closed = true;
    const open = [...this.#open.values()];
    this.#open.clear();
    await Promise.allSettled(open.map(async (each) => (await each).close()));
  }
}

/** What the library does not know as an error of its own comes of an answer that cannot be read. */
function readable(error: Error, { host, port }: Connection): Error {
  if (error instanceof WeirError || /^PLT_KFK_/.test(String((error as { code?: unknown }).code))) return error;
  return new Error(`what answers at ${host}:${port} is no Kafka: its answer cannot be read`);
}

/** An address that is no name cannot be asked for by name. */
function serverName(given: string | undefined, host: string): { tlsServerName?: string } {
  const name = given ?? host;
  return isIP(name) === 0 ? { tlsServerName: name } : {};
}

/** `host:port`, `[::1]:9092`; without a port 9092. */
export function parseBroker(address: string): { host: string; port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(address.trim());
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3] ?? 9092);
  if (host === undefined || port > 65_535) {
    const hint = address.includes('@') ? ', and a login as option sasl' : '';
    throw fault(
      'WEIR_OPTION',
      `option brokers: '${address.replace(/^.*@/, '')}' is no address: write host:port${hint}`,
    );
  }
  return { host, port };
}

/** All bytes of an answer. */
function wholeOf({ buffer, position }: { buffer: unknown; position: number }): Buffer {
  const whole = Buffer.isBuffer(buffer) ? buffer : (buffer as { buffer: Buffer }).buffer;
  return whole.subarray(position);
}
