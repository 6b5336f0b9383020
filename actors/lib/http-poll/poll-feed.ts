import { formatBytes, hush, messageOf, prng, type SourceContext, WeirError } from '#stage';
import { Outage } from '../delivery/outage.ts';
import { type Fetcher, fetcherOf } from '../http/fetcher.ts';
import { readBody } from '../http/read-body.ts';
import { oneLine, shownUrl } from '../http/shown.ts';
import { backoffMs, mayPass, retryAfter, tryOnce, wait } from '../http/tries.ts';
import type { Inbox } from '../sockets/inbox.ts';
import type { Feed } from '../sockets/inbox-reader.ts';
import type { TlsFiles } from '../sockets/tls.ts';
import { type Next, nextPage, type Paging, withParameter } from './next-page.ts';

export interface PollOptions {
  readonly url: string;
  readonly everyMs: number;
  readonly headers: Record<string, string>;
  readonly timeoutMs: number;
  readonly maxBody: number;
  readonly pages?: Paging | undefined;
  readonly tls?: TlsFiles | undefined;
}

/** What a checkpoint keeps of where polling goes on: a page, or the round that comes next, and what it is known by. */
interface Mark {
  readonly value?: string | number;
  /** It is a page of a round that has begun. */
  readonly isPage?: boolean;
  readonly etag?: string;
  readonly modified?: string;
}

type Answer = { page: Buffer | undefined; next: Next; mark: Mark } | { unchanged: true } | { over: true };

const LONGEST_WAIT_MS = 60_000;

/** Asks a web server again and again, and page by page. A page is a message, and its mark is where to go on behind it. */
export class PollFeed implements Feed {
  readonly #context: SourceContext;
  readonly #o: PollOptions;
  readonly #closed = new AbortController();
  readonly #shown: string;
  readonly #outage: Outage;
  #mark: Mark = {};
  #next: Next = {};
  #working: Promise<void> | undefined;
  #fetcher: Fetcher | undefined;

  constructor(context: SourceContext, options: PollOptions) {
    this.#context = context;
    this.#o = options;
    this.#shown = shownUrl(options.url);
    this.#outage = new Outage(this.#shown, context, 0);
  }

  async open(inbox: Inbox, mark: unknown): Promise<void> {
    this.#fetcher = await fetcherOf(this.#o.tls);
    this.#mark = (mark as Mark | undefined) ?? {};
    const { value, isPage } = this.#mark;
    const { pages, url } = this.#o;
    if (value !== undefined && pages?.parameter !== undefined) {
      const at = withParameter(url, pages.parameter, value);
      this.#next = isPage ? { page: at } : { round: at };
    }
    this.#working = this.#rounds(inbox).catch((error) => {
      if (!this.#closed.signal.aborted) this.#context.fail(error);
    });
    hush(this.#working);
  }

  async #rounds(inbox: Inbox): Promise<void> {
    const { signal } = this.#closed;
    while (!signal.aborted) {
      await this.#round(inbox);
      await wait(this.#context, this.#o.everyMs, signal);
    }
  }

  async #round(inbox: Inbox): Promise<void> {
    const { signal } = this.#closed;
    const { most = 1 } = this.#o.pages ?? {};
    for (let n = 0; n < most && !signal.aborted; n++) {
      if (inbox.isFull) await new Promise<void>((resolve) => this.#whenRoom(inbox, resolve));
      if (signal.aborted) return;
      const url = this.#next.page ?? this.#next.round ?? this.#first();
      const answer = await this.#ask(url, n);
      if (signal.aborted || 'unchanged' in answer) return;
      if ('over' in answer) {
        this.#mark = {};
        this.#next = {};
        return;
      }
      this.#mark = answer.mark;
      this.#next = answer.next;
      const message = { time: this.#context.now(), from: this.#shown, mark: answer.mark };
      const refused = `an answer of more than ${formatBytes(this.#o.maxBody)} (maxBody)`;
      if (answer.page === undefined) inbox.put({ ...message, bytes: Buffer.alloc(0), refused });
      else inbox.put({ ...message, bytes: answer.page });
      if (answer.next.page === undefined) return;
    }
  }

  #whenRoom(inbox: Inbox, resolve: () => void): void {
    inbox.whenRoom(resolve);
    this.#closed.signal.addEventListener('abort', () => resolve(), { once: true });
  }

  #first(): string {
    const { url, pages } = this.#o;
    return pages?.by === 'number' ? withParameter(url, pages.parameter as string, pages.first) : url;
  }

  /** Asks until there is an answer: after growing pauses, or as the server says. Throws `WEIR_HTTP_POLL` where none can help. */
  async #ask(url: string, n: number): Promise<Answer> {
    const random = prng(url);
    const { signal } = this.#closed;
    for (let attempt = 0; ; attempt++) {
      const { etag, modified } = this.#mark;
      const isConditional = this.#next.page === undefined;
      const headers = {
        ...(isConditional && etag !== undefined ? { 'If-None-Match': etag } : {}),
        ...(isConditional && modified !== undefined ? { 'If-Modified-Since': modified } : {}),
        ...this.#o.headers,
      };
      const how = { timeout: this.#o.timeoutMs, context: this.#context, signal, ask: this.#fetcher?.ask };
      const answer = await tryOnce<Answer | { again: string; afterMs?: number | undefined }>(
        url,
        { headers },
        (response) => this.#judge(url, n, response),
        how,
      );
      if (signal.aborted) return { unchanged: true };
      if (!('again' in answer)) {
        this.#outage.passed(this);
        return answer;
      }
      this.#outage.failed(this, attempt + 1, answer.again);
      const afterMs = 'afterMs' in answer ? answer.afterMs : undefined;
      await wait(this.#context, afterMs ?? backoffMs(Math.min(attempt, 20), LONGEST_WAIT_MS, random), signal);
    }
  }

  async #judge(
    url: string,
    n: number,
    response: Response,
  ): Promise<Answer | { again: string; afterMs?: number | undefined }> {
    const { status, headers } = response;
    const { pages } = this.#o;
    if (!response.ok) {
      // Unread, the answer would keep its connection.
      await response.body?.cancel();
      if (status === 304) return { unchanged: true };
      if (status === 404 && n > 0 && pages?.by === 'number') return { over: true };
      if (mayPass(status)) {
        return { again: `status ${status}`, afterMs: retryAfter(headers.get('retry-after'), this.#context.now()) };
      }
      const advice =
        status === 401 || status === 403 ? 'see what `headers` says of who asks' : 'see that the url is right';
      this.#context.fail(new WeirError('WEIR_HTTP_POLL', `${this.#shown} answers with ${status}: ${advice}`));
      this.#closed.abort();
      return { unchanged: true };
    }
    const page = await readBody(response, this.#o.maxBody);
    const next: Next = page === undefined ? {} : this.#behind(url, headers.get('link'), page);
    // A first page that is as it was tells nothing of those behind it, so only a round of one is asked for conditionally.
    const isWhole = n === 0 && next.page === undefined && this.#next.page === undefined;
    const etag = isWhole ? headers.get('etag') : null;
    const modified = isWhole ? headers.get('last-modified') : null;
    const { value } = next;
    const place = value === undefined ? {} : { value, isPage: next.page !== undefined };
    const mark = { ...place, ...(etag ? { etag } : {}), ...(modified ? { modified } : {}) };
    return { page, next, mark };
  }

  #behind(url: string, link: string | null, page: Buffer): Next {
    if (this.#o.pages === undefined) return {};
    let next: Next;
    try {
      next = nextPage(this.#o.pages, url, link, page);
    } catch (error) {
      // The codec says what is wrong with it; it names no next page.
      this.#context.log(
        'warn',
        `${this.#shown}: a page that cannot be read ends the round: ${oneLine(messageOf(error))}`,
      );
      return {};
    }
    if (next.page === undefined || new URL(next.page).origin === new URL(url).origin) return next;
    this.#context.log('warn', `${this.#shown}: the next page is elsewhere, at ${shownUrl(next.page)}: not followed`);
    return {};
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
