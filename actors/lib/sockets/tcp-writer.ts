import type { Socket } from 'node:net';
import { Bytes, type Encoder, type Row, type SinkContext, type SinkWriter, WeirError } from '#stage';
import { type Framing, framed } from './frames.ts';
import { type DialOptions, TcpDialer } from './tcp-dial.ts';
import { TcpListener } from './tcp-listen.ts';
import type { TlsFiles } from './tls.ts';

export interface TcpWriterOptions {
  readonly mode: 'server' | 'client';
  readonly host: string;
  readonly port: number;
  readonly framing: Exclude<Framing, 'auto'>;
  readonly connections: number;
  readonly timeoutMs: number;
  readonly tls?: TlsFiles | undefined;
}

/** Bytes that go out at once, and how long fewer wait. */
const PIECE = 64 * 1024;
const LINGER_MS = 10;

/** Sends records over the connection that it keeps, or over all connections of those who came for them. */
export class TcpWriter implements SinkWriter {
  readonly #o: TcpWriterOptions;
  readonly #context: SinkContext;
  readonly #encoder: Encoder;
  readonly #one = new Bytes(1024);
  readonly #bytes = new Bytes(PIECE);
  readonly #sockets = new Set<Socket>();
  readonly #listener = new TcpListener();
  #dialer: TcpDialer | undefined;
  #cancel: (() => void) | undefined;
  #watchers: (() => void)[] = [];
  #isClosed = false;

  constructor(options: TcpWriterOptions, context: SinkContext) {
    this.#o = options;
    this.#context = context;
    this.#encoder = context.encoder();
    if (this.#encoder.header !== undefined && options.framing !== 'newline') {
      const what = 'a message has no header: let the codec write none (csv: header: false)';
      throw new WeirError('WEIR_MESSAGE_HEADER', what);
    }
  }

  async open(): Promise<void> {
    const { now, log, fail, after } = this.#context;
    const options: DialOptions = { ...this.#o, now, log, fail, after };
    if (this.#o.mode === 'client') {
      this.#dialer = new TcpDialer(options, (socket) => this.#use(socket));
      await this.#dialer.open();
      return;
    }
    await this.#listener.open({ ...this.#o, log }, (socket) => this.#use(socket));
    this.#listener.onError(fail);
    log('info', `giving records at ${this.#o.tls ? 'tls' : 'tcp'} ${this.#listener.address}`);
  }

  #use(socket: Socket): void {
    if (this.#encoder.header !== undefined) {
      const head = new Bytes(256);
      this.#encoder.header(head);
      socket.write(Buffer.from(head.view()));
    }
    // What the other side says is of no interest; that it leaves is.
    socket.resume();
    socket.on('drain', () => this.#tell());
    socket.on('close', () => {
      this.#sockets.delete(socket);
      this.#tell();
    });
    this.#sockets.add(socket);
    this.#flush();
    this.#tell();
  }

  write(row: Row): void {
    this.#one.clear();
    this.#encoder.encode(row, this.#one);
    if (this.#o.framing === 'newline') this.#bytes.append(this.#one.view());
    else this.#bytes.append(framed(this.#o.framing, this.#one.view()));
    if (this.#bytes.length >= PIECE) this.#flush();
    else this.#cancel ??= this.#context.after(LINGER_MS, () => this.#flush());
  }

  /** Hands over what was gathered, once somebody is there who takes it. */
  #flush(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    if (this.#bytes.length === 0 || this.#sockets.size === 0) return;
    const piece = Buffer.from(this.#bytes.view());
    this.#bytes.clear();
    for (const socket of this.#sockets) socket.write(piece, () => this.#tell());
  }

  #tell(): void {
    for (const watcher of this.#watchers.splice(0)) watcher();
  }

  async #until(holds: () => boolean): Promise<void> {
    while (!this.#isClosed && !holds()) await new Promise<void>((resolve) => this.#watchers.push(resolve));
  }

  #hasRoom(): boolean {
    if (this.#bytes.length < PIECE) return ![...this.#sockets].some((socket) => socket.writableNeedDrain);
    return false;
  }

  busy(): Promise<void> | undefined {
    return this.#hasRoom() ? undefined : this.#until(() => this.#hasRoom());
  }

  /** All that was written is with the system, of a connection that was there. */
  async prepare(): Promise<undefined> {
    this.#flush();
    await this.#until(() => {
      this.#flush();
      return this.#bytes.length === 0 && [...this.#sockets].every((socket) => socket.writableLength === 0);
    });
    if (this.#isClosed) throw new WeirError('WEIR_TCP', `${this.#o.host}:${this.#o.port}: closed`);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancel?.();
    this.#tell();
    this.#dialer?.close();
    // What is with the system goes out; the other side sees an end and not a break.
    for (const socket of this.#sockets) socket.end();
    await this.#listener.close();
  }
}
