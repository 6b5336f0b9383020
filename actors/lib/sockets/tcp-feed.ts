import type { Socket } from 'node:net';
import type { SourceContext } from '#stage';
import type { Framing } from './frames.ts';
import type { Inbox } from './inbox.ts';
import type { Feed } from './inbox-reader.ts';
import { receive } from './receive.ts';
import { TcpDialer } from './tcp-dial.ts';
import { TcpListener } from './tcp-listen.ts';
import type { TlsFiles } from './tls.ts';

export interface TcpFeedOptions {
  readonly mode: 'server' | 'client';
  readonly host: string;
  readonly port: number;
  readonly framing: Framing;
  readonly maxMessage: number;
  readonly connections: number;
  readonly timeoutMs: number;
  readonly tls?: TlsFiles | undefined;
  /** What is told when it listens: `taking messages`. */
  readonly what: string;
}

/** What comes by TCP: of all who connect, or of the one that it connects to. */
export class TcpFeed implements Feed {
  readonly #context: SourceContext;
  readonly #o: TcpFeedOptions;
  readonly #listener = new TcpListener();
  #dialer: TcpDialer | undefined;
  #socket: Socket | undefined;

  constructor(context: SourceContext, options: TcpFeedOptions) {
    this.#context = context;
    this.#o = options;
  }

  async open(inbox: Inbox): Promise<void> {
    const { now, log, fail, after } = this.#context;
    const how = { ...this.#o, now };
    if (this.#o.mode === 'client') {
      this.#dialer = new TcpDialer({ ...this.#o, now, log, fail, after }, (socket) => {
        this.#socket = socket;
        receive(socket, inbox, how, () => {});
      });
      await this.#dialer.open();
      return;
    }
    await this.#listener.open({ ...this.#o, log }, (socket) => receive(socket, inbox, how, () => {}));
    this.#listener.onError(fail);
    log('info', `${this.#o.what} at ${this.#o.tls ? 'tls' : 'tcp'} ${this.#listener.address}`);
  }

  stop(): void {
    this.#socket?.pause();
    if (this.#o.mode === 'server') this.#listener.stop();
  }

  async close(): Promise<void> {
    this.#dialer?.close();
    await this.#listener.close();
  }
}
