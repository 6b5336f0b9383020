import { WeirError } from '#stage';
import { fetcherOf } from '../http/fetcher.ts';
import { shownUrl } from '../http/shown.ts';
import { tryOnce } from '../http/tries.ts';
import type { TlsFiles } from '../sockets/tls.ts';
import { clock } from './clock.ts';

export interface Reaching {
  readonly url: string;
  readonly method?: 'GET' | 'HEAD';
  readonly headers?: Record<string, string>;
  readonly tls?: TlsFiles | undefined;
  readonly timeoutMs: number;
  /** Of errors that are not about TLS. */
  readonly code: string;
  /** Whether a server that is away is told too. By default it is. */
  readonly mayBeAway?: boolean;
  /** What is wrong with an answer, with what to do. By default a refused login is. */
  judge?(response: Response): string | undefined;
}

/** What of an answer says that the login is refused. */
export function loginRefused({ status }: Response): string | undefined {
  return status === 401 || status === 403 ? `answers with ${status}: see what it is told of who asks` : undefined;
}

/** What of an answer says that there is nothing to read. */
export function notFine(response: Response): string | undefined {
  const { ok, status } = response;
  if (ok || status === 304) return undefined;
  return loginRefused(response) ?? `answers with ${status}: see that the url is right, and that it works`;
}

/** Asks a web server once, and reads no body. Throws `WEIR_TLS`, `WEIR_TLS_FILE`, or the code for a server that is away or refuses. */
export async function reach(asked: Reaching): Promise<void> {
  const { url, method = 'GET', headers = {}, tls, timeoutMs, code, judge = loginRefused } = asked;
  const where = shownUrl(url);
  const fetcher = await fetcherOf(tls);
  const stop = new AbortController();
  try {
    const how = { timeout: timeoutMs, context: clock, signal: stop.signal, ask: fetcher.ask };
    const refusal = async (response: Response) => {
      const complaint = judge(response);
      await response.body?.cancel();
      return { complaint };
    };
    const init = { method, headers, redirect: method === 'HEAD' ? ('manual' as const) : ('follow' as const) };
    const found = await tryOnce(url, init, refusal, how);
    if ('again' in found) {
      if (asked.mayBeAway && !isUnknownName(found.again)) return;
      throw new WeirError(code, `${where}: it cannot be reached (${found.again}): see that it runs, and the url`);
    }
    if (found.complaint !== undefined) throw new WeirError(code, `${where} ${found.complaint}`);
  } finally {
    fetcher.close();
  }
}

/** Whether the network says that the name of a host stands for nothing. */
export function isUnknownName(text: string): boolean {
  return /\b(?:ENOTFOUND|EAI_\w+)\b/.test(text);
}
