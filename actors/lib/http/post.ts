import { prng, type SinkContext, WeirError } from '#stage';
import type { Outage } from '../delivery/outage.ts';
import type { Pack, Packing } from '../packed/packed-encoder.ts';
import type { TlsFiles } from '../sockets/tls.ts';
import { type Batch, type BodyFormat, CONTENT_TYPE } from './batch.ts';
import type { Fetcher } from './fetcher.ts';
import { headerMask, oneLine, shownUrl } from './shown.ts';
import { backoffMs, LONGEST_RETRY_AFTER_MS, mayPass, retryAfter, tryOnce, wait } from './tries.ts';

export interface PostOptions {
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly format: BodyFormat;
  readonly timeout: number;
  /** How long a batch is tried again, ms. */
  readonly retryFor: number;
  /** How often at most. */
  readonly retries?: number | undefined;
  readonly tls?: TlsFiles | undefined;
  readonly compression: Packing;
}

const LONGEST_WAIT_MS = 30_000;
const SHOWN = 200;

/** What became of a batch: taken, or refused for good with the reason. */
export type Posted = { refused?: string; isTooLarge?: boolean };

type Answer = Posted | { again: string; afterMs?: number };

/**
 * Posts a batch until the server has taken or refused it. Network errors, timeouts, 408, 425, 429 and 5xx are tried again, with
 * exponentially longer waits of which a random part passes, or as long as `Retry-After` says, while `retryFor` lasts. Throws
 * `WEIR_HTTP` in the end, `WEIR_TLS` where TLS does not fit, `WEIR_HTTP_REQUEST` where a header is none.
 */
export async function post(
  batch: Batch,
  options: PostOptions & { readonly pack: Pack | undefined },
  context: SinkContext,
  signal: AbortSignal,
  outage: Outage,
  ask: Fetcher['ask'] = fetch,
): Promise<Posted> {
  const { retryFor, retries = Number.POSITIVE_INFINITY } = options;
  const random = prng(batch.key);
  const shown = shownUrl(options.url);
  let since: number | undefined;
  const body = options.pack === undefined ? batch.body : options.pack(Buffer.from(batch.body));
  for (let attempt = 0; ; attempt++) {
    const answer = await once(batch, body, options, context, signal, ask);
    if (!('again' in answer)) {
      outage.passed(batch);
      return answer;
    }
    if (signal.aborted) throw new WeirError('WEIR_HTTP', `${shown}: closed`);
    since ??= context.now();
    const left = since + retryFor - context.now();
    const { again, afterMs } = answer;
    // A try before the time that the server names would be in vain.
    const isTooLate = afterMs !== undefined && afterMs > left;
    if (attempt >= retries || left <= 0 || isTooLate) {
      const late = isTooLate && left > 0 ? '; it says to come back later than `retryFor` lasts' : '';
      const text = `${shown} did not take a batch of ${batch.rows.length} in ${attempt + 1} tries: ${again}${late}`;
      throw new WeirError('WEIR_HTTP', text, { data: { url: shown } });
    }
    outage.failed(batch, attempt + 1, again);
    const pause = afterMs ?? backoffMs(attempt, LONGEST_WAIT_MS, random);
    await wait(context, Math.min(pause, left, LONGEST_RETRY_AFTER_MS), signal);
  }
}

function once(
  batch: Batch,
  body: string | Uint8Array,
  options: PostOptions,
  context: SinkContext,
  signal: AbortSignal,
  ask: Fetcher['ask'],
): Promise<Answer> {
  const { url, headers, format, timeout, compression } = options;
  const packed: Record<string, string> = compression === 'none' ? {} : { 'Content-Encoding': compression };
  const init: RequestInit = {
    method: 'POST',
    headers: { 'Content-Type': CONTENT_TYPE[format], 'Idempotency-Key': batch.key, ...packed, ...headers },
    body: body as string,
    // A redirected POST may become a GET without its body.
    redirect: 'manual',
  };
  return tryOnce(url, init, (response) => judge(response, headers, context.now()), { timeout, context, signal, ask });
}

async function judge(response: Response, sent: Record<string, string>, now: number): Promise<Answer> {
  const { status, statusText, headers } = response;
  if (response.ok) {
    // Unread, the answer would keep its connection.
    await response.body?.cancel();
    return {};
  }
  const hide = headerMask(sent);
  const shown = (words: string) => oneLine(hide(words)).slice(0, SHOWN);
  const text = oneLine(`${status} ${shown(statusText)} ${shown(await beginOf(response))}`);
  if (!mayPass(status)) {
    const to = headers.get('location');
    const refused = to === null ? text : `${text} (redirects to ${shown(to)}: name that as the url)`;
    return { refused, isTooLarge: status === 413 };
  }
  const afterMs = retryAfter(headers.get('retry-after'), now, Number.POSITIVE_INFINITY);
  return { again: text, ...(afterMs === undefined ? {} : { afterMs }) };
}

async function beginOf(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  const chunk = await reader?.read();
  await reader?.cancel();
  return chunk?.value === undefined ? '' : Buffer.from(chunk.value).toString('utf8');
}
