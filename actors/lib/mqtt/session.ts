import type { IClientOptions, IConnackPacket, IPublishPacket, MqttClient } from 'mqtt';
import { messageOf, prng, WeirError } from '#stage';
import { clock } from '../connect/clock.ts';
import { Outage } from '../delivery/outage.ts';
import { shownUrl } from '../http/shown.ts';
import { backoffMs } from '../http/tries.ts';
import { readTls } from '../sockets/tls.ts';
import { fault, permanentFault } from './faults.ts';
import { NO_STORE } from './no-store.ts';
import type { BrokerOptions } from './options.ts';

export interface SessionOptions extends BrokerOptions {
  readonly clientId: string | undefined;
  /** The session is that of former lives too; else it is this life's. */
  readonly isKept: boolean;
  /** Version 5: messages that the broker may send without an acknowledgement. */
  readonly inFlight?: number;
}

/** The stage's clock and log, and what it does when something happens. */
export interface SessionHost {
  now(): number;
  after(ms: number, task: () => void): () => void;
  log(level: 'info' | 'warn' | 'error', text: string): void;
  /** It can never be. */
  fail(error: WeirError): void;
  /** There is a connection; `isResumed`: the broker knows the session still. May throw {@link WeirError}. */
  connected(client: MqttClient, isResumed: boolean): Promise<void>;
  /** A message, before the library acknowledges it. */
  received?(packet: IPublishPacket): void;
  /** The broker lets go of a message of QoS 2. */
  released?(messageId: number): void;
  lost?(client: MqttClient): void;
}

const LONGEST_WAIT_MS = 5000;
const CONNECT_MS = 10_000;
const CLOSE_MS = 2000;
/** Before anybody has ever answered. */
const FIRST_TRIES = 3;

/** A connection to a broker, made again after growing pauses whenever it breaks. */
export class MqttSession {
  readonly where: string;
  readonly #o: SessionOptions;
  readonly #host: SessionHost;
  readonly #random: () => number;
  readonly #outage: Outage;
  #client: MqttClient | undefined;
  #tries = 0;
  #isClosed = false;

  constructor(options: SessionOptions, host: SessionHost) {
    this.#o = options;
    this.#host = host;
    this.where = `MQTT broker ${shownUrl(options.url)}`;
    this.#random = prng(`${this.where} ${options.clientId}`);
    this.#outage = new Outage(this.where, host, 0);
  }

  get client(): MqttClient | undefined {
    return this.#client;
  }

  /**
   * Resolves when there is a connection and `connected` is done. `patient`: there has been one before, so that a broker that is away
   * is waited for; else `WEIR_MQTT_CONNECT` says that nobody answers.
   */
  async open({ patient }: { patient: boolean }): Promise<void> {
    const { connect } = await import('mqtt');
    const options = await this.#clientOptions();
    if (this.#isClosed) return;
    await new Promise<void>((resolve, reject) => {
      const client = connect(this.#o.url, options);
      this.#client = client;
      let isOpen = false;
      const tell = (what: string) => {
        // Of a first connection that is given up soon, the error tells.
        if ((patient || isOpen) && !this.#isClosed) this.#outage.failed(this, this.#tries, what);
      };
      const end = (error: WeirError) => {
        this.#isClosed = true;
        client.end(true);
        if (isOpen) this.#host.fail(error);
        else reject(error);
      };
      client.on('connect', (packet) => {
        this.#up(client, packet)
          .then(() => {
            isOpen = true;
            resolve();
          })
          .catch((error) => {
            // The connection was lost meanwhile: the next one does it again.
            if (error instanceof WeirError && !this.#isClosed) end(error);
          });
      });
      const failed = (error: unknown) => {
        if (this.#isClosed) return;
        const lasting = permanentFault(error, this.where);
        if (lasting !== undefined) end(lasting);
        else if (!patient && !isOpen && ++this.#tries > FIRST_TRIES) {
          end(fault('WEIR_MQTT_CONNECT', `${this.where}: ${wordsOf(error)}: see that it runs, and option url`, error));
        } else tell(wordsOf(error));
      };
      client.on('error', failed);
      client.on('disconnect', (packet) => {
        const { reasonCode = 0 } = packet as { reasonCode?: number };
        if (reasonCode >= 128)
          failed(Object.assign(new Error(`it disconnects, reason ${reasonCode}`), { code: reasonCode }));
      });
      client.on('close', () => {
        this.#host.lost?.(client);
        tell('the connection is lost');
      });
      client.on('reconnect', () => {
        client.options.reconnectPeriod = this.#pause();
      });
      if (this.#host.received !== undefined) {
        client.on('packetreceive', (packet) => {
          if (packet.cmd === 'publish') this.#host.received?.(packet);
          else if (packet.cmd === 'pubrel') this.#host.released?.(packet.messageId as number);
        });
      }
    });
  }

  async #up(client: MqttClient, packet: IConnackPacket): Promise<void> {
    this.#tries = 0;
    client.options.reconnectPeriod = this.#pause();
    this.#outage.passed(this);
    const isResumed = client.options.clean !== true && packet.sessionPresent === true;
    // From now on what the broker sends outlives a connection.
    if (this.#o.version === '5' && this.#host.received !== undefined) client.options.clean = false;
    await this.#host.connected(client, isResumed);
  }

  #pause(): number {
    return backoffMs(Math.min(20, this.#tries++), LONGEST_WAIT_MS, this.#random);
  }

  async #clientOptions(): Promise<IClientOptions> {
    const { user, password, tls, version, keepalive, sessionExpiry, will, clientId, isKept, inFlight } = this.#o;
    const secure = tls === undefined ? {} : ((await readTls(tls)) as IClientOptions);
    const properties = {
      sessionExpiryInterval: Math.ceil(sessionExpiry / 1000),
      ...(inFlight === undefined ? {} : { receiveMaximum: inFlight }),
    };
    return {
      ...secure,
      ...(tls?.serverName === undefined ? {} : { servername: tls.serverName }),
      ...(user === undefined ? {} : { username: user }),
      ...(password === undefined ? {} : { password }),
      ...(will === undefined
        ? {}
        : { will: { ...will, payload: Buffer.from(will.payload), qos: Number(will.qos) as 0 } }),
      ...(version === '5' ? { protocolVersion: 5, properties } : { protocolVersion: 4 }),
      clientId: clientId ?? `weir-${Math.random().toString(36).slice(2, 12)}`,
      clean: !isKept,
      keepalive: Math.ceil(keepalive / 1000),
      reconnectPeriod: this.#pause(),
      // Refusals that pass, such as by a broker that is shutting down.
      reconnectOnConnackError: true,
      connectTimeout: CONNECT_MS,
      // The stage subscribes, as the session needs it.
      resubscribe: false,
      queueQoSZero: false,
      incomingStore: NO_STORE,
    };
  }

  /** Says farewell, so that no will is published. A session that is not kept ends. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const client = this.#client;
    if (client === undefined) return;
    const forget = this.#o.version === '5' && !this.#o.isKept ? { properties: { sessionExpiryInterval: 0 } } : {};
    // Nothing that is under way is waited for.
    for (const id of Object.keys(client.outgoing)) delete client.outgoing[Number(id)];
    let cancel = () => {};
    const late = new Promise<void>((resolve) => {
      cancel = this.#host.after(CLOSE_MS, resolve);
    });
    await Promise.race([client.endAsync(!client.connected, forget).catch(() => {}), late]);
    cancel();
    client.stream?.destroy();
  }
}

function wordsOf(error: unknown): string {
  const { code, errors } = error as { code?: unknown; errors?: unknown[] };
  if (typeof code === 'string') return code;
  return errors?.[0] === undefined ? messageOf(error) : wordsOf(errors[0]);
}

/** Connects and leaves again, without a will: for `weir check --connect`. */
export async function checkBroker(options: SessionOptions): Promise<void> {
  const session = new MqttSession(
    { ...options, will: undefined },
    {
      ...clock,
      fail: () => {},
      connected: async () => {},
    },
  );
  try {
    await session.open({ patient: false });
  } finally {
    await session.close();
  }
}
