import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { type SourceContext, WeirError } from '#stage';
import { closeSocket } from './close-socket.ts';
import type { Inbox } from './inbox.ts';
import type { Feed } from './inbox-reader.ts';
import { kernelDrops } from './kernel-drops.ts';

export interface UdpFeedOptions {
  readonly mode: 'server' | 'client';
  readonly host: string;
  readonly port: number;
  readonly maxMessage: number;
  /** What the kernel keeps of datagrams that have not been read, in bytes. */
  readonly receiveBuffer: number;
  /** With `client`: what is sent at the beginning, and so often. */
  readonly hello?: string | undefined;
  readonly helloEveryMs?: number | undefined;
  readonly what: string;
}

/** How often is looked what was lost. */
const LOOK_MS = 1000;

/** Datagrams. What no room is left for is lost, counted, and told by a dead letter a second at most. */
export class UdpFeed implements Feed {
  readonly #context: SourceContext;
  readonly #o: UdpFeedOptions;
  #socket: Socket | undefined;
  #inbox: Inbox | undefined;
  #cancel: (() => void) | undefined;
  #cancelHello: (() => void) | undefined;
  #kernel = 0;
  #overflow = 0;
  #isClosed = false;
  /** Datagrams lost since it was opened. */
  lost = 0;

  constructor(context: SourceContext, options: UdpFeedOptions) {
    this.#context = context;
    this.#o = options;
  }

  async open(inbox: Inbox): Promise<void> {
    const { host, port, mode, receiveBuffer: recvBufferSize, what } = this.#o;
    this.#inbox = inbox;
    const socket = createSocket({ type: isIPv6(host) ? 'udp6' : 'udp4', recvBufferSize });
    this.#socket = socket;
    socket.on('message', (bytes, from) => this.#take(bytes, from));
    await new Promise<void>((resolve, reject) => {
      socket.once('error', (error) => reject(this.#fault(error)));
      if (mode === 'server') socket.bind(port, host, resolve);
      else
        socket.connect(port, host, (error?: Error) => (error === undefined ? resolve() : reject(this.#fault(error))));
    });
    socket.removeAllListeners('error');
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // Nobody is there yet: told by the datagram before, and no reason to end.
      if (error.code !== 'ECONNREFUSED') this.#context.fail(this.#fault(error));
    });
    const at = socket.address();
    const place = mode === 'server' ? `at udp ${at.address}:${at.port}` : `from udp ${host}:${port}`;
    this.#context.log('info', `${what} ${place}`);
    this.#watch(at.port);
    this.#greet();
  }

  #fault(error: NodeJS.ErrnoException): WeirError {
    const { host, port } = this.#o;
    const advice =
      error.code === 'EADDRINUSE'
        ? 'end the other program, or choose another port'
        : 'see that host and port are right';
    const code = error.code === 'EADDRINUSE' ? 'WEIR_ADDRESS_IN_USE' : 'WEIR_ADDRESS';
    return new WeirError(code, `udp ${host}:${port}: ${error.message}: ${advice}`, { cause: error });
  }

  #take(bytes: Buffer, { address, port }: RemoteInfo): void {
    const inbox = this.#inbox as Inbox;
    if (inbox.isFull) {
      this.#overflow++;
      return;
    }
    const from = `${address.includes(':') ? `[${address}]` : address}:${port}`;
    const message = { bytes, time: this.#context.now(), from };
    if (bytes.length <= this.#o.maxMessage) inbox.put(message);
    else inbox.put({ ...message, refused: `a datagram of ${bytes.length} bytes (maxMessage: ${this.#o.maxMessage})` });
  }

  #watch(port: number): void {
    if (this.#isClosed) return;
    this.#cancel = this.#context.after(LOOK_MS, async () => {
      await this.#count(port);
      this.#watch(port);
    });
  }

  async #count(port: number): Promise<void> {
    const all = (await kernelDrops(port)) ?? this.#kernel;
    const kernel = Math.max(0, all - this.#kernel);
    const overflow = this.#overflow;
    this.#kernel = all;
    this.#overflow = 0;
    if (kernel + overflow === 0 || this.#isClosed) return;
    this.lost += kernel + overflow;
    const remedy = 'more room is in queueBytes and receiveBuffer';
    const refused = `${kernel + overflow} datagrams were lost: ${kernel} that the system dropped, ${overflow} that found the queue full; ${remedy}`;
    this.#context.log('warn', `${refused}; ${this.lost} since the start`);
    this.#inbox?.put({ bytes: Buffer.alloc(0), time: this.#context.now(), refused });
  }

  #greet(): void {
    const { hello, helloEveryMs } = this.#o;
    if (this.#o.mode !== 'client' || hello === undefined || this.#isClosed) return;
    this.#socket?.send(hello, () => {});
    if (helloEveryMs !== undefined) this.#cancelHello = this.#context.after(helloEveryMs, () => this.#greet());
  }

  stop(): void {
    this.#socket?.removeAllListeners('message');
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#cancel?.();
    this.#cancelHello?.();
    await closeSocket(this.#socket);
  }
}
