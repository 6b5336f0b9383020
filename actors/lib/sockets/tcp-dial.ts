import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { messageOf, prng, type WeirError } from '#stage';
import { Outage } from '../delivery/outage.ts';
import { backoffMs } from '../http/tries.ts';
import { readTls, type TlsFiles, tlsFault } from './tls.ts';

export interface DialOptions {
  readonly host: string;
  readonly port: number;
  readonly tls?: TlsFiles | undefined;
  /** How long making the connection may take. */
  readonly timeoutMs: number;
  now(): number;
  after(ms: number, task: () => void): () => void;
  log(level: 'info' | 'warn', text: string): void;
  /** It can never be: as when the certificate is not what it must be. */
  fail(error: WeirError): void;
}

const LONGEST_WAIT_MS = 30_000;

/** A connection that is made again, after growing pauses, whenever it breaks. */
export class TcpDialer {
  readonly #o: DialOptions;
  readonly #use: (socket: Socket) => void;
  readonly #random: () => number;
  readonly #outage: Outage;
  #secure: object | undefined;
  #attempt = 0;
  #socket: Socket | undefined;
  #cancel: (() => void) | undefined;
  #isClosed = false;

  /** `use` is called with each connection that is made. */
  constructor(options: DialOptions, use: (socket: Socket) => void) {
    this.#o = options;
    this.#use = use;
    this.#random = prng(this.where);
    this.#outage = new Outage(this.where, options, 0);
  }

  get where(): string {
    return `${this.#o.tls === undefined ? 'tcp' : 'tls'} ${this.#o.host}:${this.#o.port}`;
  }

  /** Throws `WEIR_TLS_FILE`. The connection itself comes later. */
  async open(): Promise<void> {
    if (this.#o.tls !== undefined) this.#secure = await readTls(this.#o.tls);
    this.#dial();
  }

  #dial(): void {
    if (this.#isClosed) return;
    const { host, port, tls } = this.#o;
    const place = { host, port };
    const isName = /[a-z]/i.test(host) && !host.includes(':');
    const name = tls?.serverName ?? (isName ? host : undefined);
    const socket = tls
      ? connectTls({ ...place, ...this.#secure, ...(name === undefined ? {} : { servername: name }) })
      : connect(place);
    let isMade = false;
    let failure: Error | undefined;
    const late = this.#o.after(this.#o.timeoutMs, () => socket.destroy(new Error('no connection within the time')));
    socket.once(tls ? 'secureConnect' : 'connect', () => {
      isMade = true;
      late();
      this.#outage.passed(this);
      this.#attempt = 0;
      socket.setKeepAlive(true, 60_000);
      this.#use(socket);
    });
    socket.on('error', (error) => {
      failure = error;
    });
    socket.once('close', () => {
      late();
      if (!this.#isClosed) this.#lost(isMade, failure);
    });
    this.#socket = socket;
  }

  #lost(isMade: boolean, failure: Error | undefined): void {
    const code = (failure as NodeJS.ErrnoException | undefined)?.code ?? '';
    const why = failure === undefined ? 'the other side closed it' : messageOf(failure) || code;
    const mismatch = isMade ? undefined : tlsFault(failure, this.where);
    if (mismatch !== undefined) {
      this.#o.fail(mismatch);
      return;
    }
    const pause = backoffMs(Math.min(this.#attempt, 20), LONGEST_WAIT_MS, this.#random);
    const what = isMade ? `the connection is lost: ${why}` : `no connection: ${why}: see that it runs`;
    this.#outage.failed(this, ++this.#attempt, what);
    this.#cancel = this.#o.after(pause, () => this.#dial());
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel?.();
    this.#socket?.destroy();
  }
}
