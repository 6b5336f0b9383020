import type { RawData, WebSocket } from 'ws';
import { formatBytes, type SourceContext } from '#stage';
import { shownUrl } from '../http/shown.ts';
import type { Inbox } from '../sockets/inbox.ts';
import type { Feed } from '../sockets/inbox-reader.ts';
import { WsDialer, type WsDialOptions } from './ws-dial.ts';
import { WsListener, type WsListenOptions } from './ws-listen.ts';

export type WsFeedOptions = WsListenOptions &
  Pick<WsDialOptions, 'headers' | 'timeoutMs'> & {
    /** Whom to connect to; without, it listens. */
    readonly url?: string | undefined;
    /** Messages to send each time it has connected. */
    readonly hello: readonly string[];
  };

/** What comes by WebSockets: a message each. */
export class WsFeed implements Feed {
  readonly #context: SourceContext;
  readonly #o: WsFeedOptions;
  readonly #listener = new WsListener();
  #dialer: WsDialer | undefined;
  #socket: WebSocket | undefined;

  constructor(context: SourceContext, options: WsFeedOptions) {
    this.#context = context;
    this.#o = options;
  }

  async open(inbox: Inbox): Promise<void> {
    const { now, log, fail, after } = this.#context;
    const { url, hello } = this.#o;
    if (url === undefined) {
      const at = await this.#listener.open(this.#o, (socket, from) => this.#receive(socket, inbox, from));
      log('info', `taking messages at ${at}`);
      return;
    }
    this.#dialer = new WsDialer({ ...this.#o, url, now, log, fail, after }, (socket) => {
      this.#socket = socket;
      this.#receive(socket, inbox, shownUrl(url));
      for (const text of hello) socket.send(text);
    });
    await this.#dialer.open();
  }

  #receive(socket: WebSocket, inbox: Inbox, from: string): void {
    socket.on('message', (data) => {
      inbox.put({ bytes: bytesOf(data), time: this.#context.now(), from });
      if (!inbox.isFull || socket.isPaused) return;
      socket.pause();
      inbox.whenRoom(() => socket.resume());
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const isLong = error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH';
      if (!isLong && !error.code?.startsWith('WS_ERR_')) return;
      const limit = `a message of more than ${formatBytes(this.#o.maxMessage)} (maxMessage)`;
      const refused = `${isLong ? limit : error.message}: the connection is closed`;
      inbox.put({ bytes: Buffer.alloc(0), time: this.#context.now(), from, refused });
    });
  }

  stop(): void {
    for (const socket of [this.#socket, ...this.#listener.sockets]) socket?.pause();
  }

  async close(): Promise<void> {
    this.#dialer?.close();
    await this.#listener.close();
  }
}

function bytesOf(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return Buffer.isBuffer(data) ? data : Buffer.from(data);
}
