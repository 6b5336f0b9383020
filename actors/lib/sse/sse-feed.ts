import { formatBytes, hush, prng, type SourceContext, WeirError } from '#stage';
import { Outage } from '../delivery/outage.ts';
import { type Fetcher, fetcherOf } from '../http/fetcher.ts';
import { shownUrl } from '../http/shown.ts';
import { backoffMs, lastingFault, mayPass, networkFault, retryAfter, wait } from '../http/tries.ts';
import type { Inbox } from '../sockets/inbox.ts';
import type { Feed } from '../sockets/inbox-reader.ts';
import type { TlsFiles } from '../sockets/tls.ts';
import { EventParser } from './event-parser.ts';

export interface SseOptions {
  readonly url: string;
  readonly headers: Record<string, string>;
  /** Events of these types; all, when there are none. */
  readonly events: readonly string[];
  /** A connection on which nothing comes for so long is given up. */
  readonly idleMs: number;
  readonly maxMessage: number;
  readonly tls?: TlsFiles | undefined;
}

const LONGEST_WAIT_MS = 60_000;

/** Follows a stream of server-sent events, and asks for what came meanwhile when it has to connect again. */
export class SseFeed implements Feed {
  readonly #context: SourceContext;
  readonly #o: SseOptions;
  readonly #closed = new AbortController();
  readonly #shown: string;
  readonly #outage: Outage;
  #lastId = '';
  #retryMs: number | undefined;
  #working: Promise<void> | undefined;
  #fetcher!: Fetcher;
  isOver = false;

  constructor(context: SourceContext, options: SseOptions) {
    this.#context = context;
    this.#o = options;
    this.#shown = shownUrl(options.url);
    this.#outage = new Outage(this.#shown, context, 0);
  }

  async open(inbox: Inbox, mark: unknown): Promise<void> {
    this.#fetcher = await fetcherOf(this.#o.tls);
    this.#lastId = typeof mark === 'string' ? mark : '';
    this.#working = this.#follow(inbox).catch((error) => {
      if (!this.#closed.signal.aborted) this.#context.fail(error);
    });
    hush(this.#working);
  }

  async #follow(inbox: Inbox): Promise<void> {
    const { signal } = this.#closed;
    const random = prng(this.#o.url);
    for (let attempt = 0; !signal.aborted; attempt++) {
      const { why, hadAny, afterMs } = await this.#once(inbox);
      if (signal.aborted || this.isOver) return;
      if (hadAny) attempt = 0;
      this.#outage.failed(this, attempt + 1, why);
      const pause = Math.max(this.#retryMs ?? 0, backoffMs(Math.min(attempt, 20), LONGEST_WAIT_MS, random));
      await wait(this.#context, afterMs ?? pause, signal);
    }
  }

  /** One connection, to its end. */
  async #once(inbox: Inbox): Promise<{ why: string; hadAny: boolean; afterMs?: number | undefined }> {
    const stop = new AbortController();
    const onClose = () => stop.abort();
    this.#closed.signal.addEventListener('abort', onClose, { once: true });
    let cancel = this.#context.after(this.#o.idleMs, onClose);
    let hadAny = false;
    try {
      const id: Record<string, string> = this.#lastId === '' ? {} : { 'Last-Event-ID': this.#lastId };
      const headers = { Accept: 'text/event-stream', 'Cache-Control': 'no-store', ...id, ...this.#o.headers };
      const response = await this.#fetcher.ask(this.#o.url, { headers, signal: stop.signal });
      const refused = await this.#refusal(response);
      if (refused !== undefined) return { ...refused, hadAny };
      this.#outage.passed(this);
      const parser = this.#parser(inbox);
      for await (const piece of response.body ?? []) {
        hadAny = true;
        cancel();
        parser.push(piece);
        this.#lastId = parser.lastId;
        this.#retryMs = parser.retryMs ?? this.#retryMs;
        if (inbox.isFull) await this.#room(inbox);
        if (this.#closed.signal.aborted) break;
        cancel = this.#context.after(this.#o.idleMs, onClose);
      }
      return { why: 'the stream ended', hadAny };
    } catch (error) {
      if (error instanceof WeirError) throw error;
      const lasting = hadAny ? undefined : lastingFault(error, this.#shown);
      if (lasting !== undefined) throw lasting;
      return { why: stop.signal.aborted ? `nothing came within ${this.#o.idleMs} ms` : networkFault(error), hadAny };
    } finally {
      cancel();
      this.#closed.signal.removeEventListener('abort', onClose);
      stop.abort();
    }
  }

  /** Why an answer is no stream, if another may be. Throws `WEIR_SSE` when none will. */
  async #refusal(response: Response): Promise<{ why: string; afterMs?: number | undefined } | undefined> {
    const { status, headers } = response;
    const type = headers.get('content-type') ?? '';
    if (status === 200 && /^text\/event-stream\b/i.test(type)) return undefined;
    await response.body?.cancel();
    // So a server says that there will be no more (HTML standard, 9.2.3).
    this.isOver = status === 204;
    if (this.isOver) this.#context.wake();
    const afterMs = retryAfter(headers.get('retry-after'), this.#context.now());
    if (mayPass(status) || this.isOver) return { why: `status ${status}`, afterMs };
    const what = status === 200 ? `answers with '${type}', which is no text/event-stream` : `answers with ${status}`;
    const advice =
      status === 401 || status === 403 ? 'see what `headers` says of who asks' : 'see that the url is right';
    throw new WeirError('WEIR_SSE', `${this.#shown} ${what}: ${advice}`);
  }

  #parser(inbox: Inbox): EventParser {
    const { events, maxMessage } = this.#o;
    const common = () => ({ time: this.#context.now(), from: this.#shown });
    const refused = `an event of more than ${formatBytes(maxMessage)} (maxMessage)`;
    return new EventParser(
      maxMessage,
      this.#lastId,
      ({ type, data, id }) => {
        if (events.length > 0 && !events.includes(type)) return;
        inbox.put({ ...common(), bytes: Buffer.from(data), mark: id });
      },
      (sample) => inbox.put({ ...common(), bytes: Buffer.from(sample), refused }),
    );
  }

  #room(inbox: Inbox): Promise<void> {
    return new Promise((resolve) => {
      inbox.whenRoom(resolve);
      this.#closed.signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  stop(): void {
    this.#closed.abort();
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await this.#working;
    this.#fetcher?.close();
  }
}
