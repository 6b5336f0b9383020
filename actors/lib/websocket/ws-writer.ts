import type { WebSocket } from 'ws';
import { Bytes, type Encoder, type Row, type SinkContext, type SinkWriter, WeirError } from '#stage';
import { WsDialer, type WsDialOptions } from './ws-dial.ts';
import { WsListener, type WsListenOptions } from './ws-listen.ts';

export type WsWriterOptions = WsListenOptions &
  Pick<WsDialOptions, 'headers' | 'timeoutMs'> & {
    readonly url?: string | undefined;
    readonly binary: boolean;
    /** Bytes that may wait for one listener. */
    readonly maxBehind: number;
  };

/** Bytes that may wait for the server that it is connected to. */
const HIGH = 256 * 1024;

/** Sends each record as a message: to the server that it is connected to, or to all who listen. */
export class WsWriter implements SinkWriter {
  readonly #o: WsWriterOptions;
  readonly #context: SinkContext;
  readonly #encoder: Encoder;
  readonly #bytes = new Bytes(1024);
  readonly #listener = new WsListener();
  #dialer: WsDialer | undefined;
  #socket: WebSocket | undefined;
  /** What waits for a connection. */
  #waiting: (Buffer | string)[] = [];
  #waitingBytes = 0;
  #watchers: (() => void)[] = [];
  #isClosed = false;

  constructor(options: WsWriterOptions, context: SinkContext) {
    this.#o = options;
    this.#context = context;
    this.#encoder = context.encoder();
    if (this.#encoder.header !== undefined) {
      const what = 'a message has no header: let the codec write none (csv: header: false)';
      throw new WeirError('WEIR_MESSAGE_HEADER', what);
    }
  }

  async open(): Promise<void> {
    const { now, log, fail, after } = this.#context;
    const { url } = this.#o;
    if (url === undefined) {
      log('info', `giving records at ${await this.#listener.open(this.#o, () => {})}`);
      return;
    }
    this.#dialer = new WsDialer({ ...this.#o, url, now, log, fail, after }, (socket) => this.#use(socket));
    await this.#dialer.open();
  }

  #use(socket: WebSocket): void {
    this.#socket = socket;
    socket.on('message', () => {});
    socket.on('close', () => {
      this.#socket = undefined;
      this.#tell();
    });
    this.#waitingBytes = 0;
    for (const message of this.#waiting.splice(0)) this.#send(socket, message);
    this.#tell();
  }

  #send(socket: WebSocket, message: Buffer | string): void {
    socket.send(message, () => this.#tell());
  }

  write(row: Row): void {
    this.#bytes.clear();
    this.#encoder.encode(row, this.#bytes);
    const bytes = this.#bytes.view();
    // A message of text has no line end.
    const message = this.#o.binary ? Buffer.from(bytes) : bytes.toString('utf8').replace(/\n$/, '');
    if (this.#o.url === undefined) this.#toAll(message);
    else if (this.#socket !== undefined) this.#send(this.#socket, message);
    else {
      this.#waiting.push(message);
      this.#waitingBytes += bytes.length;
    }
  }

  #toAll(message: Buffer | string): void {
    for (const socket of this.#listener.sockets) {
      socket.send(message, () => {});
      // One who does not read makes nobody else wait.
      if (socket.bufferedAmount > this.#o.maxBehind) socket.terminate();
    }
  }

  #tell(): void {
    for (const watcher of this.#watchers.splice(0)) watcher();
  }

  async #until(holds: () => boolean): Promise<void> {
    while (!this.#isClosed && !holds()) await new Promise<void>((resolve) => this.#watchers.push(resolve));
  }

  #behind(): number {
    return this.#socket?.bufferedAmount ?? this.#waitingBytes;
  }

  busy(): Promise<void> | undefined {
    return this.#behind() < HIGH ? undefined : this.#until(() => this.#behind() < HIGH / 2);
  }

  /** What was written is with the system, of a connection that was there. */
  async prepare(): Promise<undefined> {
    if (this.#o.url === undefined) return;
    await this.#until(() => this.#waiting.length === 0 && this.#behind() === 0);
    if (this.#isClosed) throw new WeirError('WEIR_WEBSOCKET', 'closed');
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#tell();
    this.#dialer?.close();
    await this.#listener.close();
  }
}
