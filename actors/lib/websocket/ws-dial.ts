import type { ClientOptions, WebSocket } from 'ws';
import { prng, WeirError } from '#stage';
import { Outage } from '../delivery/outage.ts';
import { shownUrl } from '../http/shown.ts';
import { backoffMs, mayPass } from '../http/tries.ts';
import { readTls, type TlsFiles, tlsFault } from '../sockets/tls.ts';

export interface WsDialOptions {
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly maxMessage: number;
  readonly timeoutMs: number;
  readonly tls?: TlsFiles | undefined;
  now(): number;
  after(ms: number, task: () => void): () => void;
  log(level: 'info' | 'warn', text: string): void;
  fail(error: WeirError): void;
}

const LONGEST_WAIT_MS = 30_000;
/** How often is asked whether the other side is still there; without an answer by the next time it is not. */
const PING_MS = 30_000;

/** A WebSocket that is opened again, after growing pauses, whenever it is lost. */
export class WsDialer {
  readonly #o: WsDialOptions;
  readonly #use: (socket: WebSocket) => void;
  readonly #shown: string;
  readonly #random: () => number;
  readonly #outage: Outage;
  #options: ClientOptions = {};
  #make!: (options: ClientOptions) => WebSocket;
  #attempt = 0;
  #socket: WebSocket | undefined;
  #cancel: (() => void) | undefined;
  #isClosed = false;

  constructor(options: WsDialOptions, use: (socket: WebSocket) => void) {
    this.#o = options;
    this.#use = use;
    this.#shown = shownUrl(options.url);
    this.#random = prng(options.url);
    this.#outage = new Outage(this.#shown, options, 0);
  }

  /** Throws `WEIR_TLS_FILE`. The connection itself comes later. */
  async open(): Promise<void> {
    const { url, headers, maxMessage, timeoutMs, tls } = this.#o;
    const { WebSocket: Made } = await import('ws');
    const secure = tls ? await readTls(tls) : {};
    const name = tls?.serverName === undefined ? {} : { servername: tls.serverName };
    this.#options = { ...secure, ...name, headers, maxPayload: maxMessage, handshakeTimeout: timeoutMs };
    this.#make = (options) => new Made(url, options);
    this.#dial();
  }

  #dial(): void {
    if (this.#isClosed) return;
    const socket = this.#make(this.#options);
    this.#socket = socket;
    let why = 'the other side closed it';
    let isOpen = false;
    socket.on('open', () => {
      isOpen = true;
      this.#outage.passed(this);
      this.#attempt = 0;
      this.#watch(socket);
      this.#use(socket);
    });
    socket.on('unexpected-response', (request, response) => {
      const { statusCode = 0 } = response;
      why = `it answers with ${statusCode}`;
      request.destroy();
      if (mayPass(statusCode)) return;
      const isDenied = statusCode === 401 || statusCode === 403;
      const advice = isDenied ? 'see what `headers` says of who asks' : 'see that the url is that of a WebSocket';
      this.#end(new WeirError('WEIR_WEBSOCKET', `${this.#shown} answers with ${statusCode}: ${advice}`));
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      why = error.message || String(error.code);
      const mismatch = isOpen ? undefined : tlsFault(error, this.#shown);
      if (mismatch !== undefined) this.#end(mismatch);
    });
    socket.once('close', () => this.#lost(why));
  }

  #end(error: WeirError): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#o.fail(error);
  }

  #lost(why: string): void {
    this.#cancel?.();
    if (this.#isClosed) return;
    const pause = backoffMs(Math.min(this.#attempt, 20), LONGEST_WAIT_MS, this.#random);
    this.#outage.failed(this, ++this.#attempt, `no connection: ${why}`);
    this.#cancel = this.#o.after(pause, () => this.#dial());
  }

  #watch(socket: WebSocket): void {
    let isThere = true;
    socket.on('pong', () => {
      isThere = true;
    });
    const look = () => {
      // A reader that waits for the stream does not see the answer.
      if (!isThere && !socket.isPaused) {
        socket.terminate();
        return;
      }
      isThere = false;
      socket.ping();
      this.#cancel = this.#o.after(PING_MS, look);
    };
    this.#cancel = this.#o.after(PING_MS, look);
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel?.();
    this.#socket?.terminate();
  }
}
